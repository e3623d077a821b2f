package proxy

import (
	"bufio"
	"net"
	"sync"
)

// wire follows one connection's protocol. Its methods are called under the connection's lock, but for the reading ones, each of which is
// called by one goroutine.
type wire interface {
	// readClient and readServer read one whole message, head included.
	readClient(*bufio.Reader) ([]byte, error)
	readServer(*bufio.Reader) ([]byte, error)
	// fromClient is told of each message in order.
	fromClient(message []byte) event
	// fromServer is told of each message in order, and says whether the reply to a request ends with it, or whether it asks the client for
	// more of the same request (COPY, LOAD DATA LOCAL).
	fromServer(message []byte) (replied, asks bool)
}

// event is what a client's message means.
type event struct {
	begins   bool     // it is the first message of a request
	executes []string // statements that it executes
	answer   []byte   // sent back in place of forwarding
	hangUp   bool     // after the answer
}

// conn is one connection of a client, and its own one to the server.
type conn struct {
	proxy          *Proxy
	client, server net.Conn

	mu       sync.Mutex
	wire     wire
	begun    int // requests that the client began
	answered int // replies that the server ended
	doomed   int // the request whose reply is eaten, or 0
}

func (c *conn) run() {
	var wg sync.WaitGroup
	wg.Go(func() { c.up(); c.close() })
	wg.Go(func() { c.down(); c.close() })
	wg.Wait()
}

// close may be called more than once, and by several goroutines.
func (c *conn) close() {
	c.client.Close()
	c.server.Close()
}

// up forwards the client's messages until a side closes. The errors of a broken connection are the purpose of this package, not its
// concern.
func (c *conn) up() {
	r := bufio.NewReader(c.client)
	for {
		message, err := c.wire.readClient(r)
		if err != nil {
			return
		}
		e, forward, cut := c.fromClient(message)
		if cut {
			return
		}
		if e.answer != nil {
			if _, err := c.client.Write(e.answer); err != nil || e.hangUp {
				return
			}
			continue
		}
		if !forward {
			continue
		}
		c.proxy.noteExecuted(e.executes)
		if _, err := c.server.Write(message); err != nil {
			return
		}
	}
}

func (c *conn) fromClient(message []byte) (e event, forward, cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e = c.wire.fromClient(message)
	if e.begins {
		c.begun++
		switch c.proxy.begin() {
		case cutBefore:
			return e, false, true
		case eatReply:
			c.doomed = c.begun
		}
	}
	return e, c.doomed == 0 || c.begun <= c.doomed, false
}

// down forwards the server's messages until a side closes or the doomed reply has come whole: only then has the server done its
// part.
func (c *conn) down() {
	r := bufio.NewReader(c.server)
	for {
		message, err := c.wire.readServer(r)
		if err != nil {
			return
		}
		eaten, last := c.fromServer(message)
		if last {
			c.proxy.noteStruck()
			return
		}
		if eaten {
			continue
		}
		if _, err := c.client.Write(message); err != nil {
			return
		}
	}
}

func (c *conn) fromServer(message []byte) (eaten, last bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	replied, asks := c.wire.fromServer(message)
	eaten = c.doomed != 0 && c.answered+1 >= c.doomed && !asks
	if replied {
		c.answered++
	}
	return eaten, eaten && replied
}
