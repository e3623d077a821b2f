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
	// fromServer is told of each message in order.
	fromServer(message []byte) reply
	// alter changes the whole number that is the first column of a row.
	alter(row []byte)
	// number gives messages to the client their places, from that of the first on, where the protocol counts them. The message after
	// them has another place than the server gave it, by the difference.
	number(messages [][]byte, first []byte)
	shift(message []byte, by int)
	// takeBack returns a request that rolls back, to be sent in place of the one that has begun, and what the client is told then.
	takeBack() (instead, answer []byte)
}

// reply is what a server's message means.
type reply struct {
	ends bool // the reply to a request ends with it
	asks bool // it asks the client for more of the same request (COPY, LOAD DATA LOCAL)
	// row is set for a row of a result, sql being the statement that returns it. aside is set for what may come between rows.
	row, aside bool
	sql        string
}

// event is what a client's message means.
type event struct {
	begins   bool     // it is the first message of a request
	executes []string // statements that it executes
	answer   []byte   // sent back in place of forwarding
	hangUp   bool     // after the answer
	instead  []byte   // forwarded in place of the message
}

// conn is one connection of a client, and its own one to the server.
type conn struct {
	proxy          *Proxy
	client, server net.Conn

	mu       sync.Mutex
	wire     wire
	begun    int    // requests that the client began
	answered int    // replies that the server ended
	doomed   int    // the request whose reply is eaten, or 0
	refusal  []byte // what the client gets in place of the reply under way, or nil

	held  [][]byte // rows of a result that is to be rewritten
	rows  bool     // rows of a result are passing
	holds bool     // and they are held
	shift int      // how many more messages of this reply the client was sent than the server did
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
		if e.instead != nil {
			message = e.instead
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
		case takeBack:
			if e.instead, c.refusal = c.wire.takeBack(); e.instead != nil {
				e.executes = nil
			}
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
		out, last := c.fromServer(message)
		for _, m := range out {
			if _, err := c.client.Write(m); err != nil {
				return
			}
		}
		if last {
			c.proxy.noteStruck()
			return
		}
	}
}

// fromServer returns what the client gets on a message, and whether that was the last.
func (c *conn) fromServer(message []byte) (out [][]byte, last bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.wire.fromServer(message)
	eaten := c.doomed != 0 && c.answered+1 >= c.doomed && !r.asks
	if r.ends {
		c.answered++
	}
	if eaten {
		return nil, r.ends
	}
	if c.refusal != nil {
		if !r.ends {
			return nil, false
		}
		c.proxy.noteStruck()
		out, c.refusal = [][]byte{c.refusal}, nil
		return out, false
	}
	return c.pass(message, r), false
}

// pass returns what the client gets on a message: itself, but for the rows that are held back until the last of them is there.
func (c *conn) pass(message []byte, r reply) (out [][]byte) {
	if r.row {
		if !c.rows {
			c.rows, c.holds = true, c.proxy.rewrites(r.sql)
		}
		if c.holds {
			c.held = append(c.held, message)
			return nil
		}
	} else if !r.aside {
		out = c.letGo()
		c.rows = false
	}
	if c.shift != 0 {
		c.wire.shift(message, c.shift)
	}
	if r.ends {
		c.shift = 0
	}
	return append(out, message)
}

// letGo returns what stands in place of the rows that are held.
func (c *conn) letGo() [][]byte {
	if len(c.held) == 0 {
		return nil
	}
	n, first := len(c.held), append([]byte(nil), c.held[0]...)
	if c.shift != 0 {
		c.wire.shift(first, c.shift)
	}
	out := c.proxy.rewrite(c.held, c.wire.alter)
	c.wire.number(out, first)
	c.shift += len(out) - n
	c.held = nil
	return out
}
