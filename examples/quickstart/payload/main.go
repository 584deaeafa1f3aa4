// Payload is the program in the quickstart's templates: it answers every HTTP
// request with who it is. The quickstart builds it as a static binary.
package main

import (
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	// As PID 1 of an instance it gets no default for SIGTERM: it must ask for it.
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-stop
		os.Exit(0)
	}()

	host, _ := os.Hostname()
	answer := fmt.Sprintf("hello from %s: %s", host, os.Getenv("MESSAGE"))
	if built, err := os.ReadFile("/srv/built"); err == nil {
		answer += " (" + strings.TrimSpace(string(built)) + ")"
	}
	server := &http.Server{
		Addr: ":8080", ReadHeaderTimeout: 5 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, answer) }),
	}
	fmt.Println("listening on", server.Addr)
	fmt.Fprintln(os.Stderr, server.ListenAndServe())
	os.Exit(1)
}
