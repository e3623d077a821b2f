//go:build unix

package driver

import (
	"net"
	"syscall"
)

type probe struct {
	raw    syscall.RawConn
	look   func(fd uintptr) // p.peek, made once
	still  bool
	buffer [1]byte
}

func newProbe(nc net.Conn) *probe {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	p := &probe{raw: raw}
	p.look = p.peek
	return p
}

func (p *probe) quiet() bool {
	p.still = false
	return p.raw.Control(p.look) == nil && p.still
}

func (p *probe) peek(fd uintptr) {
	_, _, err := syscall.Recvfrom(int(fd), p.buffer[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	p.still = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
}
