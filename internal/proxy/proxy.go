// Package proxy stands between a test's driver and a real server, and breaks the connection at a chosen request, or gives the client other
// rows than the server's.
//
// It knows how PostgreSQL's and MySQL's protocols frame messages, and where a request and the reply to it end: enough to let a server
// execute a statement and keep the reply from the client, to keep the request from the server, or to change the order of the rows that an
// INSERT returns. It knows nothing of the library, and offers no TLS.
package proxy

import (
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A Proxy forwards connections to one server. Its requests are numbered over all its connections, from 1, starting anew each time that it is
// armed; a test that arms it keeps to one connection at a time. A request is what the server answers as a whole: in PostgreSQL's protocol
// the messages up to a Query or a Sync, and the data of a COPY; in MySQL's a command. Start-up and messages without answer (closing a
// statement, saying goodbye) are not counted.
type Proxy struct {
	target   *url.URL
	listener net.Listener
	newWire  func() wire

	mu       sync.Mutex
	conns    map[*conn]bool
	closed   bool
	mode     mode
	left     int // requests until it strikes
	struck   bool
	requests int
	executed []string

	rewriting rewriting

	wg sync.WaitGroup
}

// mode is what an armed proxy does at its request.
type mode int

const (
	disarmed mode = iota
	eatReply
	cutBefore
	takeBack
)

// Start starts a proxy in front of the server of a URL (postgresql://, postgres://, mysql://, mariadb://), and stops it when the test
// ends.
func Start(tb testing.TB, serverURL string) *Proxy {
	tb.Helper()
	target, err := url.Parse(serverURL)
	if err != nil {
		tb.Fatal("proxy: the server's URL cannot be read")
	}
	p := &Proxy{target: target, conns: map[*conn]bool{}}
	switch target.Scheme {
	case "postgresql", "postgres":
		p.newWire = newPostgresWire
	case "mysql", "mariadb":
		p.newWire = newMySQLWire
	default:
		tb.Fatalf("proxy: no protocol for scheme %q", target.Scheme)
	}
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		tb.Fatalf("proxy: %v", err)
	}
	p.wg.Go(p.accept)
	tb.Cleanup(p.stop)
	return p
}

// Addr returns the proxy's host:port.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// URL returns the server's URL with the proxy's address in place of the server's.
func (p *Proxy) URL() string {
	u := *p.target
	u.Host = p.Addr()
	return u.String()
}

// EatReply lets the server execute the k-th request from now, then closes both sides without a byte of its reply reaching the client.
// What the client sends after that request does not reach the server. Connections made later are forwarded whole.
func (p *Proxy) EatReply(k int) { p.arm(eatReply, k) }

// CutBefore closes both sides before a byte of the k-th request from now reaches the server.
func (p *Proxy) CutBefore(k int) { p.arm(cutBefore, k) }

// TakeBack has the server roll its transaction back in place of the k-th request from now, and tells the client that it was a deadlock: what
// a node of a Galera cluster does at any request, of whatever kind, once another node's transaction has come first. Where the protocol is
// PostgreSQL's it does nothing.
func (p *Proxy) TakeBack(k int) { p.arm(takeBack, k) }

// Disarm takes back EatReply, CutBefore and TakeBack.
func (p *Proxy) Disarm() { p.arm(disarmed, 0) }

func (p *Proxy) arm(m mode, k int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode, p.left, p.struck = m, k, false
	p.requests, p.executed = 0, nil
}

// Struck tells whether the connection was broken, or a transaction taken back, since the proxy was armed. While it is false after an operation, the operation had fewer
// requests than k.
func (p *Proxy) Struck() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.struck
}

// Requests returns how many requests clients have sent since the proxy was armed, those that were cut included.
func (p *Proxy) Requests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests
}

// Executed returns the texts of the statements that reached the server for execution since the proxy was armed, in order. A prepared
// statement is there once for each execution; preparing it is not.
func (p *Proxy) Executed() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.executed)
}

// Count returns how many of the executed statements begin with the word, in either case.
func (p *Proxy) Count(word string) int {
	n := 0
	for _, sql := range p.Executed() {
		fields := strings.Fields(sql)
		if len(fields) > 0 && strings.EqualFold(strings.TrimRight(fields[0], ";"), word) {
			n++
		}
	}
	return n
}

// begin counts a request and says what is to happen to it.
func (p *Proxy) begin() mode {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests++
	if p.mode == disarmed {
		return disarmed
	}
	p.left--
	if p.left != 0 {
		return disarmed
	}
	m := p.mode
	p.mode = disarmed
	p.struck = m == cutBefore
	return m
}

func (p *Proxy) noteExecuted(sql []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.executed = append(p.executed, sql...)
}

func (p *Proxy) noteStruck() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.struck = true
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil { // the listener is closed
			return
		}
		server, err := net.Dial("tcp", p.target.Host)
		if err != nil {
			client.Close()
			continue
		}
		c := &conn{proxy: p, client: client, server: server, wire: p.newWire()}
		if !p.add(c) {
			c.close()
			return
		}
		p.wg.Go(func() {
			c.run()
			p.remove(c)
		})
	}
}

func (p *Proxy) add(c *conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[c] = true
	return !p.closed
}

func (p *Proxy) remove(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// CloseAll breaks every connection that is open, as a restarting server does. New ones are accepted.
func (p *Proxy) CloseAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.close()
	}
}

func (p *Proxy) stop() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.listener.Close()
	p.CloseAll()
	p.wg.Wait()
}

// errTLS is what a client gets to read who asks for TLS.
var errTLS = errors.New("proxy: TLS is not offered: switch it off in the URL")
