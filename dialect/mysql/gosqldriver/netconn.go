package gosqldriver

import (
	"context"
	"net"
	"sync/atomic"
	"syscall"
)

// netConn counts what was handed to the network, because only that says
// whether a request can have reached the server. It reads ahead of the Go driver,
// which asks for 4 kB at a time: of large results most would be system calls.
type netConn struct {
	net.Conn
	written atomic.Int64

	full  bool   // the last answer of the network was as much as was asked for
	ahead []byte // memory to read ahead
	next  []byte // of it, what the Go driver has not got yet
}

// readAhead is how much is read at a time where there is much to be read.
const readAhead = 64 << 10

func (c *netConn) Read(p []byte) (int, error) {
	if len(c.next) == 0 {
		if !c.full || len(p) >= readAhead {
			n, err := c.Conn.Read(p)
			c.full = n == len(p)
			return n, err
		}
		if c.ahead == nil {
			c.ahead = make([]byte, readAhead)
		}
		n, err := c.Conn.Read(c.ahead)
		if n == 0 {
			return 0, err // what comes with bytes comes again without
		}
		c.next, c.full = c.ahead[:n], n > len(p)
	}
	n := copy(p, c.next)
	c.next = c.next[n:]
	return n, nil
}

func (c *netConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if n > 0 {
		c.written.Add(int64(n))
	}
	return n, err
}

// sysNetConn shows the socket, by which the Go driver sees that the server has
// hung up on an idle connection.
type sysNetConn struct {
	*netConn
	syscall.Conn
}

type netConnKey struct{}

// dial wraps the connection and leaves the wrapper in the **netConn of ctx: the
// Go driver offers no other way to learn which socket a connection got.
func dial(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	nc, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c := &netConn{Conn: nc}
	if slot, ok := ctx.Value(netConnKey{}).(**netConn); ok {
		*slot = c
	}
	if sc, ok := nc.(syscall.Conn); ok {
		return sysNetConn{c, sc}, nil
	}
	return c, nil
}
