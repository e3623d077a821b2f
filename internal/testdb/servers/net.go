//go:build linux

package servers

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"sync"
	"time"
)

var (
	handedMu sync.Mutex
	handed   = map[int]bool{}
)

// freePort returns a loopback port on which nobody listens, never the same one twice. It is none of those that the system gives to the near
// end of a connection, since any program's connection could take it while its server is down.
func freePort() (int, error) {
	handedMu.Lock()
	defer handedMu.Unlock()
	const lowest = 10000
	above, err := firstOfConnections()
	if err != nil {
		return 0, err
	}
	for range 500 {
		port := 0
		if above > lowest+1000 {
			port = lowest + rand.IntN(above-lowest)
		}
		l, err := net.Listen("tcp4", "127.0.0.1:"+itoa(port))
		if err != nil {
			continue // somebody listens there
		}
		port = l.Addr().(*net.TCPAddr).Port
		l.Close()
		if !handed[port] {
			handed[port] = true
			return port, nil
		}
	}
	return 0, fmt.Errorf("testdb: no free port on 127.0.0.1")
}

// firstOfConnections returns the lowest port that the system gives to connections: ip_local_port_range of ip(7).
func firstOfConnections() (port int, err error) {
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err == nil {
		_, err = fmt.Sscan(string(text), &port)
	}
	if err != nil {
		return 0, fmt.Errorf("testdb: range of the connections' ports: %w", err)
	}
	return port, nil
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
