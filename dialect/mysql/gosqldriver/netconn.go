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
//
// Of a framed one the Go driver never gets bytes of two packets at once, so that
// it keeps none back, and whatever it has not asked for is still here: the rows
// of a result, which row takes past it.
type netConn struct {
	net.Conn
	written atomic.Int64

	ahead []byte // what was read of the network
	next  int    // where in it the bytes begin that nobody has got yet
	full  bool   // the network gave as much as there was room for

	framed bool  // what is read are packets of the protocol, as they are
	rest   int   // bytes of the packet under way that the Go driver has not got
	number uint8 // of the packet after that
	taken  uint8 // how many packets of this answer the Go driver does not know of
}

const (
	readLittle = 4 << 10  // room for what most answers are
	readAhead  = 64 << 10 // where there is much to be read
	keptAhead  = 256 << 10

	headSize  = 4         // three bytes of length, one of number
	maxPacket = 1<<24 - 1 // a packet as long as this goes on in the next one
)

// frame is called when the Go driver has read the answers to all that it sent. Of
// what is encrypted or compressed the packets can't be seen.
func (c *netConn) frame(hidden bool) { c.framed = !hidden && c.next == len(c.ahead) }

// unasked reports, between two requests, whether the server sent something that
// answers none, as it does when it hangs up.
func (c *netConn) unasked() bool { return c.framed && c.next < len(c.ahead) }

// Read implements io.Reader.
func (c *netConn) Read(p []byte) (int, error) {
	if !c.framed {
		return c.read(p)
	}
	if c.rest == 0 {
		if err := c.begin(); err != nil {
			return 0, err
		}
	}
	n, err := c.read(p[:min(len(p), c.rest)])
	c.rest -= n
	return n, err
}

// begin looks at the head of the packet that the Go driver is to get, and gives
// it the number that comes next for somebody who knows of no taken packet.
func (c *netConn) begin() error {
	if err := c.fill(headSize); err != nil {
		return err
	}
	head := c.ahead[c.next:]
	c.rest, c.number = headSize+packetSize(head), head[3]+1
	head[3] -= c.taken
	return nil
}

func packetSize(head []byte) int { return int(head[0]) | int(head[1])<<8 | int(head[2])<<16 }

func (c *netConn) read(p []byte) (int, error) {
	if c.next == len(c.ahead) {
		if len(p) >= readAhead {
			return c.Conn.Read(p)
		}
		if err := c.fill(1); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.ahead[c.next:])
	c.next += n
	return n, nil
}

// fill reads until there are n bytes that nobody has got yet. After an error
// those that came are still there.
func (c *netConn) fill(n int) error {
	have := len(c.ahead) - c.next
	if have >= n {
		return nil
	}
	room := max(n, readLittle)
	if c.full {
		room = max(n, readAhead)
	}
	if cap(c.ahead) < room {
		c.ahead = append(make([]byte, 0, room), c.ahead[c.next:]...)
	} else {
		c.ahead = c.ahead[:copy(c.ahead[:have], c.ahead[c.next:])]
	}
	c.next = 0
	for len(c.ahead) < n {
		got, err := c.Conn.Read(c.ahead[len(c.ahead):cap(c.ahead)])
		c.ahead = c.ahead[:len(c.ahead)+got]
		if err != nil && len(c.ahead) < n {
			return err // what comes with the last bytes comes again without
		}
	}
	c.full = len(c.ahead) == cap(c.ahead)
	return nil
}

// row takes the next packet if it is a row of a prepared statement: those begin
// with a zero, and neither an error nor the end of the rows does. It returns nil
// if it is not, or can't be read: then it is the Go driver's, and so is the
// error. The row is good until more is read.
func (c *netConn) row() []byte {
	if c.rest != 0 || c.fill(headSize) != nil {
		return nil
	}
	size := packetSize(c.ahead[c.next:])
	if size == 0 || c.fill(headSize+1) != nil || c.ahead[c.next+headSize] != 0 {
		return nil
	}
	row := c.takePacket()
	if size < maxPacket || row == nil {
		return row
	}
	whole := append(make([]byte, 0, 2*maxPacket), row...)
	for len(row) == maxPacket {
		if row = c.takePacket(); row == nil {
			return nil
		}
		whole = append(whole, row...)
	}
	return whole
}

// takePacket returns what the next packet holds, or nil if it can't be read or is
// not the next.
func (c *netConn) takePacket() []byte {
	if c.fill(headSize) != nil {
		return nil
	}
	end := headSize + packetSize(c.ahead[c.next:])
	if c.fill(end) != nil || c.ahead[c.next+3] != c.number {
		return nil
	}
	packet := c.ahead[c.next+headSize : c.next+end]
	c.next += end
	c.number++
	c.taken++
	return packet
}

// settle lets go of the memory that a large row has taken.
func (c *netConn) settle() {
	if cap(c.ahead) > keptAhead && c.next == len(c.ahead) {
		c.ahead, c.next = nil, 0
	}
}

// abandon closes the connection. Nothing of what came is read any more.
func (c *netConn) abandon() {
	c.Conn.Close()
	c.next, c.rest = len(c.ahead), 0
}

func (c *netConn) Write(p []byte) (int, error) {
	c.taken = 0 // the answer is numbered anew
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
