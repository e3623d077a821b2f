//go:build linux

package servers

import (
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"
)

var (
	handedMu sync.Mutex
	handed   = map[int]bool{}
)

// freePort returns a loopback port on which nobody listens, never the same one twice.
func freePort() (int, error) {
	handedMu.Lock()
	defer handedMu.Unlock()
	for range 50 {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return 0, fmt.Errorf("testdb: no free port: %w", err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		l.Close()
		if !handed[port] {
			handed[port] = true
			return port, nil
		}
	}
	return 0, fmt.Errorf("testdb: no free port on 127.0.0.1")
}

// talk connects, sends hello, and returns the first bytes of the answer; an empty answer means that nobody serves yet.
func talk(port int, hello string) []byte {
	c, err := net.DialTimeout("tcp4", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
	if err != nil {
		return nil
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(2 * time.Second))
	if _, err := c.Write([]byte(hello)); err != nil {
		return nil
	}
	answer := make([]byte, 512)
	n, _ := c.Read(answer) // a failed read is an empty answer
	return answer[:n]
}

func hidePassword(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "(unreadable URL)"
	}
	return u.Redacted()
}
