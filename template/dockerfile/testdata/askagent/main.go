// Command askagent prints how many identities the SSH agent offers, and the comment of
// the first.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"os"
)

func main() {
	conn, err := net.Dial("unix", os.Getenv("SSH_AUTH_SOCK"))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := conn.Write([]byte{0, 0, 0, 1, 11}); err != nil { // list identities
		log.Fatal(err)
	}
	answer := field(conn)
	count := binary.BigEndian.Uint32(answer[1:])
	key := answer[5:]
	comment := key[4+binary.BigEndian.Uint32(key):]
	fmt.Println(count, string(comment[4:4+binary.BigEndian.Uint32(comment)]))
}

func field(r io.Reader) []byte {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		log.Fatal(err)
	}
	content := make([]byte, binary.BigEndian.Uint32(size[:]))
	if _, err := io.ReadFull(r, content); err != nil {
		log.Fatal(err)
	}
	return content
}
