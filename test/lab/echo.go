// A program of one static file that knows nothing of Runnel: `echo serve ADDRESS` sends back what comes, `echo ask ADDRESS`
// sends a mebibyte there and says whether it came back as it was.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
)

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(what, address string) error {
	if what == "ask" {
		return ask(address)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Println("listening")
	for {
		peer, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer peer.Close()
			io.Copy(peer, peer)
		}()
	}
}

func ask(address string) error {
	peer, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	sent := bytes.Repeat([]byte("a sentence that is no multiple of a power of two. "), 20_972)
	go func() {
		peer.Write(sent)
		peer.(*net.TCPConn).CloseWrite()
	}()
	received, err := io.ReadAll(peer)
	if err != nil {
		return err
	}
	fmt.Println(len(received), bytes.Equal(sent, received))
	return nil
}
