package driver

import "net"

// Socket looks at the socket of a connection. It is used by one goroutine at a
// time.
type Socket struct {
	probe *probe // nil where the socket can't be looked at
}

// NewSocket returns the socket under a connection, be it encrypted or not.
func NewSocket(nc net.Conn) *Socket {
	if secure, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = secure.NetConn()
	}
	return &Socket{newProbe(nc)}
}

// Quiet reports whether the socket is open and nothing waits in it: what a server
// says unasked is mostly that it shuts down. It does not wait for a read of the
// socket that is under way, and is false where the system can't tell.
func (s *Socket) Quiet() bool { return s.probe != nil && s.probe.quiet() }
