package engine

import (
	"context"
	"fmt"
	"sync"

	"github.com/alkahest-go/alkahest/driver"
)

// serviceLink is the engine's own connection, outside of the pool's limit, for
// work that must commit by itself while the pool's connections are all inside
// transactions: blocks of ids.
type serviceLink struct {
	once sync.Once
	lock chan struct{} // of one element: a mutex that a context can leave
	l    *link
	// kept is what is left of blocks of values, by the sequence's name.
	kept map[string]kept
}

func (s *serviceLink) mutex() chan struct{} {
	s.once.Do(func() { s.lock = make(chan struct{}, 1) })
	return s.lock
}

// onService runs f on the service connection. Others wait.
func (e *Engine) onService(ctx context.Context, f func(l *link) error) error {
	s := &e.service
	select {
	case s.mutex() <- struct{}{}:
		defer func() { <-s.lock }()
	case <-ctx.Done():
		return fmt.Errorf("engine: waiting for the service connection: %w", context.Cause(ctx))
	}
	srv, err := e.ready(ctx)
	if err != nil {
		return err
	}
	if s.l != nil && s.l.drv.Broken() {
		s.l.shut()
		s.l = nil
	}
	if s.l == nil {
		conn, err := e.dial(ctx, driver.Service)
		if err != nil {
			return err
		}
		s.l = newLink(e.base, srv, conn)
	}
	err = f(s.l)
	if s.l.drv.InTx() && !s.l.tidy(ctx) {
		s.l.shut()
		s.l = nil
	}
	return err
}

// forget drops what is kept of a sequence that goes away.
func (s *serviceLink) forget(name string) {
	s.mutex() <- struct{}{}
	defer func() { <-s.lock }()
	delete(s.kept, name)
}

func (s *serviceLink) close() {
	s.mutex() <- struct{}{}
	defer func() { <-s.lock }()
	if s.l != nil {
		s.l.shut()
		s.l = nil
	}
}
