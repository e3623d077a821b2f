package modernc

import (
	"sync"
	"time"

	"modernc.org/libc"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// progressOps is the number of the engine's instructions between two looks at
// the context: some 20 to 100 µs of work.
const progressOps = 2000

// The engine calls back with the address that it was given. These are the
// connections behind those addresses.
var connections = struct {
	sync.RWMutex
	byDB map[uintptr]*conn
}{byDB: make(map[uintptr]*conn)}

func register(c *conn) {
	connections.Lock()
	defer connections.Unlock()
	connections.byDB[c.db] = c
}

func unregister(c *conn) {
	connections.Lock()
	defer connections.Unlock()
	delete(connections.byDB, c.db)
}

func connection(db uintptr) *conn {
	connections.RLock()
	defer connections.RUnlock()
	return connections.byDB[db]
}

// onProgress stops the running statement if its context has ended: SQLite then
// rolls the statement back and returns SQLITE_INTERRUPT.
func onProgress(_ *libc.TLS, db uintptr) int32 {
	c := connection(db)
	if c == nil || c.done == nil {
		return 0
	}
	select {
	case <-c.done:
		c.cancelled = true
		return 1
	default:
		return 0
	}
}

var busyDelays = [...]time.Duration{
	200 * time.Microsecond, 500 * time.Microsecond, 1 * time.Millisecond, 2 * time.Millisecond,
	5 * time.Millisecond, 10 * time.Millisecond, 15 * time.Millisecond, 20 * time.Millisecond,
	25 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
}

// onBusy waits a little for a lock; count is how often it has done so. It
// returns 0 to give up.
func onBusy(_ *libc.TLS, db uintptr, count int32) int32 {
	c := connection(db)
	if c == nil || !c.waitForLock(int(count)) {
		return 0
	}
	return 1
}

func (c *conn) waitForLock(count int) bool {
	now := time.Now()
	if count == 0 {
		c.busySince = now
	}
	left := c.busyTimeout - now.Sub(c.busySince)
	if left <= 0 {
		return false
	}
	delay := min(left, busyDelays[min(count, len(busyDelays)-1)])
	if c.done == nil {
		time.Sleep(delay)
		return true
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.done:
		c.cancelled = true
		return false
	}
}

// The engine's functions are Go functions behind an address of their own kind
// (see modernc.org/libc); only top-level functions have one for good.
var (
	progressCallback = *(*uintptr)(mem.Pointer(&struct {
		f func(*libc.TLS, uintptr) int32
	}{onProgress}))
	busyCallback = *(*uintptr)(mem.Pointer(&struct {
		f func(*libc.TLS, uintptr, int32) int32
	}{onBusy}))
)
