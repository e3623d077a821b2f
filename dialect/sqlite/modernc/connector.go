package modernc

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"github.com/alkahest-go/alkahest/driver"
)

func init() { lib.PatchIssue199() }

type connector struct {
	cfg Config
	err error
}

// New returns a connector to the database that cfg names. What is wrong with
// cfg is said by Connect. Connections of the role ReadOnly refuse writes,
// except on Memory, whose one connection serves all roles.
func New(cfg Config) driver.Connector { return &connector{cfg: cfg, err: cfg.check()} }

// String implements driver.Connector.
func (k *connector) String() string { return "sqlite database " + k.cfg.Path }

// Connect implements driver.Connector.
func (k *connector) Connect(ctx context.Context, role driver.Role) (driver.Conn, error) {
	if k.err != nil {
		return nil, k.err
	}
	c, err := k.open(ctx)
	if err != nil {
		return nil, fmt.Errorf("sqlite: can't open %s: %w", k.cfg.Path, err)
	}
	c.queryOnly = role == driver.ReadOnly && k.cfg.Path != Memory
	if err := c.setUp(ctx); err != nil {
		c.free()
		return nil, fmt.Errorf("sqlite: can't set up a connection to %s: %w", k.cfg.Path, err)
	}
	return c, nil
}

func (c *conn) setUp(ctx context.Context) error {
	if err := c.begin(ctx); err != nil {
		return err
	}
	defer c.end()
	if err := c.prepareDatabase(ctx); err != nil {
		return err
	}
	return c.settings(ctx)
}

func (k *connector) open(ctx context.Context) (*conn, error) {
	c := &conn{cfg: &k.cfg, tls: libc.NewTLS(), stmts: make(map[*stmt]struct{}), busyTimeout: k.cfg.busyTimeout()}
	name, flags := k.cfg.file()
	p, err := cString(c.tls, name)
	if err != nil {
		c.free()
		return nil, err
	}
	defer libc.Xfree(c.tls, p)
	out, err := c.out()
	if err != nil {
		c.free()
		return nil, err
	}
	rc := lib.Xsqlite3_open_v2(c.tls, p, out, flags, 0)
	c.db = *at[uintptr](out) // even a failed open leaves an object to be closed
	if rc != lib.SQLITE_OK {
		if c.db == 0 {
			c.free()
			return nil, errNoMemory
		}
		err := c.failure(ctx, rc)
		c.free()
		return nil, err
	}
	register(c)
	lib.Xsqlite3_busy_handler(c.tls, c.db, busyCallback, c.db)
	lib.Xsqlite3_progress_handler(c.tls, c.db, progressOps, progressCallback, c.db)
	// Without these a misspelled column in double quotes is a string.
	c.configure(lib.SQLITE_DBCONFIG_DQS_DML, 0)
	c.configure(lib.SQLITE_DBCONFIG_DQS_DDL, 0)
	if err := c.addFunctions(); err != nil {
		c.free()
		return nil, err
	}
	return c, nil
}

// file returns the name and the flags to open it with. A URI is used only
// where SQLite has no flag for what is wanted.
func (c *Config) file() (name string, flags int32) {
	flags = lib.SQLITE_OPEN_NOMUTEX | lib.SQLITE_OPEN_EXRESCODE
	switch {
	case c.readOnly():
		flags |= lib.SQLITE_OPEN_READONLY
	case c.NoCreate:
		flags |= lib.SQLITE_OPEN_READWRITE
	default:
		flags |= lib.SQLITE_OPEN_READWRITE | lib.SQLITE_OPEN_CREATE
	}
	if !c.Immutable {
		return c.Path, flags
	}
	path := filepath.ToSlash(c.Path)
	if filepath.VolumeName(c.Path) != "" && !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	u := url.URL{Path: path}
	return "file:" + u.EscapedPath() + "?immutable=1", flags | lib.SQLITE_OPEN_URI
}

func (c *conn) configure(option, value int32) {
	const room = 4 * 8
	p := libc.Xmalloc(c.tls, cSize(int(room)))
	if p == 0 {
		return
	}
	defer libc.Xfree(c.tls, p)
	lib.Xsqlite3_db_config(c.tls, c.db, option, libc.VaList(p, value, uintptr(0)))
}

// prepareDatabase makes the settings that the file keeps.
func (c *conn) prepareDatabase(ctx context.Context) error {
	if c.cfg.Path == Memory || c.cfg.readOnly() {
		return nil
	}
	for _, p := range c.cfg.Pragmas {
		if p.ofDatabase() {
			if _, err := c.pragma(ctx, p.Name+"="+p.Value); err != nil {
				return err
			}
		}
	}
	return c.setJournal(ctx)
}

// ofDatabase reports whether the setting must be made before the first write.
func (p Pragma) ofDatabase() bool { return p.Name == "page_size" || p.Name == "auto_vacuum" }

// setJournal changes the journal mode if it is another. SQLite does not call
// the busy handler for that, so this waits by itself.
func (c *conn) setJournal(ctx context.Context) error {
	want := strings.ToLower(c.cfg.JournalMode)
	if want == "" {
		want = "wal"
	}
	for count := 0; ; count++ {
		mode, err := c.pragma(ctx, "journal_mode")
		if err == nil && mode == want {
			return nil
		}
		if err == nil {
			mode, err = c.pragma(ctx, "journal_mode="+want)
		}
		switch {
		case err == nil && (mode == want || c.cfg.JournalMode == ""):
			return nil
		case err == nil:
			return fmt.Errorf("the database keeps journal_mode %s instead of %s", mode, want)
		case !isBusy(err) || !c.waitForLock(count):
			return err
		}
	}
}

// settings makes the settings that each connection has for itself.
func (c *conn) settings(ctx context.Context) error {
	list := make([]string, 0, 8)
	for _, p := range c.cfg.Pragmas {
		if !p.ofDatabase() {
			list = append(list, p.Name+"="+p.Value)
		}
	}
	sync, err := c.synchronous(ctx)
	if err != nil {
		return err
	}
	if sync != "" {
		list = append(list, "synchronous="+sync)
	}
	list = append(list, "foreign_keys="+digit(!c.cfg.NoForeignKeys), "query_only="+digit(c.queryOnly))
	for _, s := range list {
		if _, err := c.pragma(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (c *conn) synchronous(ctx context.Context) (string, error) {
	if c.cfg.Synchronous != "" || c.cfg.Path == Memory {
		return c.cfg.Synchronous, nil
	}
	mode, err := c.pragma(ctx, "journal_mode")
	if err != nil || mode != "wal" {
		return "full", err
	}
	return "normal", nil
}

func digit(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// pragma runs one pragma and returns what it says.
func (c *conn) pragma(ctx context.Context, text string) (string, error) {
	s, err := c.prepare(ctx, "PRAGMA "+text, 0)
	if err != nil {
		return "", err
	}
	defer s.finalize()
	rc := lib.Xsqlite3_step(c.tls, s.handle)
	if rc == lib.SQLITE_ROW {
		return libc.GoString(lib.Xsqlite3_column_text(c.tls, s.handle, 0)), nil
	}
	if rc != lib.SQLITE_DONE {
		return "", c.failure(ctx, rc)
	}
	return "", nil
}
