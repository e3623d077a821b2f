package alkahesttest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/engine"
)

// Template makes databases that tests have wholly to themselves: for tests
// that commit, define tables, use several connections or look at what another
// transaction sees. It is used by many tests at once.
//
// The databases are on the server of the URL, whose user must be allowed to
// make them, under names of their own that begin with "alkahest_". Each is dropped
// when its test has ended, and the template by Close; what a run has left that was
// killed is dropped by the next one of the same URL.
type Template struct {
	url   string
	opts  []engine.Option
	build func(ctx context.Context, db *engine.Engine) error

	once  sync.Once
	err   error
	caps  engine.Capabilities
	parse *engine.URL
	names *names // nil for a database in a file or in memory
	data  []byte // of such a database
	full  string // the name of the database that is copied
}

// NewTemplate returns the template of databases that build fills: with tables,
// and with what all tests begin with. Nothing happens before the first Database, which calls
// build with an empty database; a product that can't copy a database (MariaDB)
// has it called for each. A template is a variable of a test package.
func NewTemplate(url string, build func(ctx context.Context, db *engine.Engine) error, opts ...engine.Option) *Template {
	return &Template{url: url, build: build, opts: opts}
}

// Database returns a database of the test's own, which is dropped when the test
// has ended.
func (m *Template) Database(t testing.TB) *engine.Engine {
	t.Helper()
	m.once.Do(func() { m.err = m.make(context.WithoutCancel(t.Context())) })
	if m.err != nil {
		t.Fatalf("alkahesttest: template: %v", m.err)
	}
	if m.names == nil {
		return m.inFile(t)
	}
	name := m.names.next()
	t.Cleanup(func() {
		if err := m.names.drop(name); err != nil {
			t.Errorf("alkahesttest: template: %v", err)
		}
	})
	if err := m.names.create(t.Context(), name, m.full); err != nil {
		t.Fatalf("alkahesttest: template: %v", err)
	}
	db := Open(t, m.parse.WithDatabase(name).Reveal(), m.opts...)
	if m.full == "" {
		if err := m.build(t.Context(), db); err != nil {
			t.Fatalf("alkahesttest: template: %v", err)
		}
	}
	return db
}

// Close drops the template, at the end of TestMain. A program that ends without
// leaves it to the next run.
func (m *Template) Close() error {
	m.once.Do(func() { m.err = errors.New("the template is closed") })
	if m.names == nil {
		return nil
	}
	return m.names.close()
}

// make builds what is copied.
func (m *Template) make(ctx context.Context) (err error) {
	if m.parse, err = engine.ParseURL(m.url); err != nil {
		return err
	}
	admin, err := engine.OpenURL(m.parse, m.opts...)
	if err != nil {
		return err
	}
	if m.caps, err = admin.Capabilities(ctx); err != nil {
		return err
	}
	switch {
	case m.caps.SingleWriter || m.caps.OneConnection:
		return errors.Join(admin.Close(ctx), m.fillMemory(ctx))
	case m.caps.Databases == nil:
		return errors.Join(admin.Close(ctx), &compile.UnsupportedError{
			Construct: "databases that a program can make", Dialect: admin.Dialect().Name(), Instead: "use a Sandbox",
		})
	case !m.caps.SessionState:
		return errors.Join(admin.Close(ctx), errors.New("a pooler of transactions is in between; give the server's own address"))
	}
	if m.names, err = newNames(ctx, admin, m.caps.Databases); err != nil || m.caps.Databases.Copy == "" {
		return err
	}
	m.full = m.names.next()
	if err := m.names.create(ctx, m.full, ""); err != nil {
		return err
	}
	_, err = m.filled(ctx, m.parse.WithDatabase(m.full), nil)
	return err
}

// filled has the database of the URL built, looks at it and lets go of it.
func (m *Template) filled(ctx context.Context, u *engine.URL, look func(ctx context.Context, db *engine.Engine) ([]byte, error)) (data []byte, err error) {
	db, err := engine.OpenURL(u, m.opts...)
	if err != nil {
		return nil, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(ctx, closeTime)
		defer cancel()
		err = errors.Join(err, db.Close(ctx))
	}()
	if err := m.build(ctx, db); err != nil {
		return nil, fmt.Errorf("building it: %w", err)
	}
	if look == nil {
		return nil, nil
	}
	return look(ctx, db)
}

func (m *Template) fillMemory(ctx context.Context) (err error) {
	m.data, err = m.filled(ctx, inMemory(m.parse), bytesOf)
	return err
}

// inFile returns a copy that has all that a file has: readers beside the
// writer, and a write-ahead log.
func (m *Template) inFile(t testing.TB) *engine.Engine {
	t.Helper()
	path := filepath.Join(t.TempDir(), "template.db")
	if err := os.WriteFile(path, m.data, 0o600); err != nil {
		t.Fatalf("alkahesttest: template: %v", err)
	}
	return Open(t, m.parse.WithDatabase(path).Reveal(), m.opts...)
}

// dropTime bounds the dropping of a database.
const dropTime = 30 * time.Second
