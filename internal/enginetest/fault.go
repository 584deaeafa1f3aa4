package enginetest

import (
	"net/http"
	"time"
)

// A Fault is what a [Proxy] does to one call of the engine's API.
type Fault struct {
	kind    faultKind
	delay   time.Duration
	bytes   int64
	code    int
	message string
	then    func()
	edit    func(line string) []string
	body    func(body []byte) []byte
	look    func(*http.Request)

	overtaken chan struct{} // closed when the call was overtaken; made for each
}

type faultKind int

const (
	loseRequest faultKind = iota + 1
	loseResponse
	delay
	truncate
	duplicate
	answer
	instead
	before
	after
	reset
	reorder
	editLines
	rewrite
	look
)

// LoseRequest breaks the connection before the engine has seen the call.
func LoseRequest() Fault { return Fault{kind: loseRequest} }

// LoseResponse breaks the connection when the engine has done the work.
func LoseResponse() Fault { return Fault{kind: loseResponse} }

// Reset resets the connection when the engine has done the work. The caller must have come to TCPEndpoint: a socket of the
// machine's own knows no reset, and is closed.
func Reset() Fault { return Fault{kind: reset} }

// Reorder holds the call back until another has been answered, which so overtakes it.
func Reorder() Fault { return Fault{kind: reorder} }

// Lines changes the lines of a streamed answer: each is replaced by what edit returns for it, which may be none or
// several. Edit is called in their order.
func Lines(edit func(line string) []string) Fault { return Fault{kind: editLines, edit: edit} }

// Rewrite changes the answer's body, which must fit into memory.
func Rewrite(edit func(body []byte) []byte) Fault { return Fault{kind: rewrite, body: edit} }

// Delay holds the call back.
func Delay(d time.Duration) Fault { return Fault{kind: delay, delay: d} }

// Truncate breaks the connection after some bytes of the answer's body.
func Truncate(bytes int64) Fault { return Fault{kind: truncate, bytes: bytes} }

// Duplicate sends the call twice, as a network or a middlebox might, and returns the second answer.
func Duplicate() Fault { return Fault{kind: duplicate} }

// Answer answers with a status in the engine's place.
func Answer(status int) Fault { return Say(status, "answered by the proxy") }

// Say answers in the engine's place, in words of its own.
func Say(status int, message string) Fault {
	return Fault{kind: answer, code: status, message: message}
}

// Instead runs a function in the engine's place, and breaks the connection: the caller is killed before the call.
func Instead(then func()) Fault { return Fault{kind: instead, then: then} }

// Before runs a function before the engine sees the call, and goes on.
func Before(then func()) Fault { return Fault{kind: before, then: then} }

// After runs a function when the engine has done the work, before the caller is told.
func After(then func()) Fault { return Fault{kind: after, then: then} }

// Look shows a call to a function before the engine sees it, and goes on.
func Look(at func(*http.Request)) Fault { return Fault{kind: look, look: at} }
