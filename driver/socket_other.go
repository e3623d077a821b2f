//go:build !unix

package driver

import "net"

type probe struct{}

func newProbe(net.Conn) *probe { return nil }

func (*probe) quiet() bool { return false }
