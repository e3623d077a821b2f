package engine

import (
	"context"
	"sync"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
)

// lru is a map of limited size that drops what was used longest ago. Keys are
// compared in full.
type lru[K comparable, V any] struct {
	limit int
	m     map[K]*entry[K, V]
	root  entry[K, V] // of a ring: next is the newest, prev the oldest
}

type entry[K comparable, V any] struct {
	next, prev *entry[K, V]
	key        K
	value      V
}

func (c *lru[K, V]) touch(e *entry[K, V]) {
	if c.root.next == e {
		return
	}
	e.unlink()
	c.front(e)
}

func (e *entry[K, V]) unlink() { e.prev.next, e.next.prev = e.next, e.prev }

func (c *lru[K, V]) front(e *entry[K, V]) {
	e.prev, e.next = &c.root, c.root.next
	e.prev.next, e.next.prev = e, e
}

func (c *lru[K, V]) get(k K) (v V, ok bool) {
	e := c.m[k]
	if e == nil {
		return v, false
	}
	c.touch(e)
	return e.value, true
}

// put adds a value under a new key, and returns one that had to go.
func (c *lru[K, V]) put(k K, v V) (old V, dropped bool) {
	if c.m == nil {
		c.m = map[K]*entry[K, V]{}
		c.root.next, c.root.prev = &c.root, &c.root
	}
	if e := c.m[k]; e != nil {
		old, e.value = e.value, v
		c.touch(e)
		return old, true
	}
	e := &entry[K, V]{key: k, value: v}
	c.m[k] = e
	c.front(e)
	if len(c.m) <= c.limit {
		return old, false
	}
	last := c.root.prev
	last.unlink()
	delete(c.m, last.key)
	return last.value, true
}

// statementCache keeps compiled statements by their structural keys.
type statementCache struct {
	mu    sync.Mutex
	limit int
	lru   lru[string, *compile.Compiled]

	hits, misses, dropped uint64
}

// get returns s compiled. k holds its key.
func (c *statementCache) get(s expr.Statement, k *expr.Key, srv *server) (*compile.Compiled, error) {
	if err := k.Err(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	if e := c.lru.m[string(k.Bytes())]; e != nil { // without a copy of the key
		c.lru.touch(e)
		c.hits++
		c.mu.Unlock()
		return e.value, nil
	}
	c.misses++
	c.mu.Unlock()
	done, err := srv.compile(s, k)
	if err != nil || c.limit == 0 {
		return done, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if other, ok := c.lru.get(string(k.Bytes())); ok {
		return other, nil // so that it is prepared once
	}
	c.lru.limit = c.limit
	if _, dropped := c.lru.put(string(k.Bytes()), done); dropped {
		c.dropped++
	}
	return done, nil
}

// again counts a statement that needed not to be looked for.
func (c *statementCache) again() {
	c.mu.Lock()
	c.hits++
	c.mu.Unlock()
}

// anew compiles s without a cache.
func anew(s expr.Statement, k *expr.Key, srv *server) (*compile.Compiled, error) {
	if err := k.Err(); err != nil {
		return nil, err
	}
	return srv.compile(s, k)
}

// preparedCache keeps the prepared statements of one connection. A statement
// is known by its compiled form, of which there is one for each text while the
// text is in use.
type preparedCache struct {
	limit int
	lru   lru[*compile.Compiled, driver.Stmt]
}

// roundTrip is how many statements are kept at least: those that are prepared
// for one round trip stay until it is made.
const roundTrip = 4

func (c *preparedCache) put(ctx context.Context, k *compile.Compiled, s driver.Stmt) {
	c.lru.limit = max(c.limit, roundTrip)
	if old, dropped := c.lru.put(k, s); dropped {
		old.Close(ctx) // what remains of it ends with the connection
	}
}

// clear forgets all, as after the server said that one is stale.
func (c *preparedCache) clear(ctx context.Context) {
	for _, e := range c.lru.m {
		e.value.Close(ctx)
	}
	c.lru = lru[*compile.Compiled, driver.Stmt]{}
}
