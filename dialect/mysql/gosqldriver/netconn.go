package gosqldriver

import (
	"context"
	"net"
	"sync/atomic"
	"syscall"
)

// netConn counts what was handed to the network, because only that says
// whether a request can have reached the server.
type netConn struct {
	net.Conn
	written atomic.Int64
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
