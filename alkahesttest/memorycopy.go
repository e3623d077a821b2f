package alkahesttest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/engine"
)

// copyInMemory returns a copy of a database that one connection at a time may
// write.
func copyInMemory(t testing.TB, db *engine.Engine, o engine.Options) *engine.Engine {
	t.Helper()
	data, err := bytesOf(t.Context(), db)
	if err == nil && db.URL() == nil {
		err = errors.New("the database was not opened by a URL")
	}
	if err != nil {
		t.Fatalf("alkahesttest: a copy of %s: %v", db, err)
	}
	own := o.AfterConnect
	o.AfterConnect = func(ctx context.Context, c *engine.Conn) error {
		if err := fill(ctx, c, data); err != nil || own == nil {
			return err
		}
		return own(ctx, c)
	}
	o.BeforeConnect = nil // it would lead to the database itself
	e, err := engine.OpenURL(inMemory(db.URL()), engine.WithOptions(o))
	if err != nil {
		t.Fatalf("alkahesttest: a copy of %s: %v", db, err)
	}
	t.Cleanup(func() { closeEngine(t, e) })
	return e
}

// inMemory returns the URL of a database in memory with the same settings.
func inMemory(u *engine.URL) *engine.URL {
	u = u.WithDatabase(":memory:")
	for _, ofFile := range []string{"mode", "immutable", "journal_mode"} {
		u = u.WithOption(ofFile)
	}
	return u
}

// bytesOf returns the database.
func bytesOf(ctx context.Context, db *engine.Engine) (data []byte, err error) {
	c, err := db.ReadConn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	s, err := serializer(c)
	if err != nil {
		return nil, err
	}
	return s.Serialize(ctx)
}

func fill(ctx context.Context, c *engine.Conn, data []byte) error {
	s, err := serializer(c)
	if err != nil {
		return err
	}
	return s.Deserialize(ctx, data)
}

func serializer(c *engine.Conn) (driver.Serializer, error) {
	drv, err := c.Driver()
	if err != nil {
		return nil, err
	}
	s, ok := drv.(driver.Serializer)
	if !ok {
		return nil, fmt.Errorf("the driver %T can't copy a database; use the glue dialect/sqlite/modernc, or a Template", drv.Raw())
	}
	return s, nil
}
