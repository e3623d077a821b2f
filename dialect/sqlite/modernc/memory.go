package modernc

import (
	"errors"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"

	"github.com/alkahest-go/alkahest/internal/mem"
)

var errNoMemory = errors.New("sqlite: out of memory")

func cSize(n int) types.Size_t { return types.Size_t(n) }

// at reads an address of the engine's memory as a pointer. That memory is not
// Go's: the collector neither moves nor frees it.
func at[T any](p uintptr) *T { return mem.Outside[T](p) }

// view returns n bytes of the engine's memory without copying them.
func view(p uintptr, n int) []byte {
	if n <= 0 || p == 0 {
		return []byte{}
	}
	return mem.Slice(at[byte](p), n)
}

// cString copies s, which holds no NUL, into memory that the caller frees.
func cString(tls *libc.TLS, s string) (uintptr, error) {
	p := libc.Xmalloc(tls, cSize(len(s)+1))
	if p == 0 {
		return 0, errNoMemory
	}
	b := mem.Slice(at[byte](p), len(s)+1)
	copy(b, s)
	b[len(s)] = 0
	return p, nil
}

// arena is memory for the values of one execution. SQLite reads them there
// until the statement is reset, so they are copied once, into it, and SQLite
// copies nothing.
type arena struct {
	base uintptr
	size int
	used int
}

// Arenas above arenaKeep bytes are given back after the execution.
const (
	arenaMin  = 512
	arenaKeep = 1 << 20
)

// reserve makes room for n bytes and forgets what was there. Addresses from
// the arena stay good until the next reserve.
func (a *arena) reserve(tls *libc.TLS, n int) error {
	a.used = 0
	if n <= a.size {
		return nil
	}
	a.free(tls)
	n = max(arenaMin, n+n/4)
	a.base = libc.Xmalloc(tls, cSize(n))
	if a.base == 0 {
		return errNoMemory
	}
	a.size = n
	return nil
}

// take returns the next n bytes and their address, which is never 0: SQLite
// reads a null pointer as NULL, not as an empty string.
func (a *arena) take(n int) (uintptr, []byte) {
	p := a.base + uintptr(a.used)
	a.used += n
	return p, mem.Slice(at[byte](p), n)
}

func (a *arena) trim(tls *libc.TLS) {
	if a.size > arenaKeep {
		a.free(tls)
	}
}

func (a *arena) free(tls *libc.TLS) {
	if a.base != 0 {
		libc.Xfree(tls, a.base)
	}
	*a = arena{}
}
