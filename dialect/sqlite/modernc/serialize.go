package modernc

import (
	"context"
	"errors"
	"slices"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// Serialize implements driver.Serializer.
// https://www.sqlite.org/c3ref/serialize.html
func (c *conn) Serialize(ctx context.Context) ([]byte, error) {
	if err := c.begin(ctx); err != nil {
		return nil, err
	}
	defer c.end()
	out, err := c.out()
	if err != nil {
		return nil, err
	}
	p := lib.Xsqlite3_serialize(c.tls, c.db, 0, out, 0)
	if p == 0 {
		if size := *at[int64](out); size != 0 {
			return nil, errNoMemory
		}
		return nil, nil // nothing was ever written
	}
	defer lib.Xsqlite3_free(c.tls, p)
	return slices.Clone(view(p, int(*at[int64](out)))), nil
}

// The bytes of a database's header that say how its journal is written and
// read (https://www.sqlite.org/fileformat.html#file_format_version_numbers).
const (
	journalWrite, journalRead = 18, 19
	rollbackJournal           = 1
)

// Deserialize implements driver.Serializer.
func (c *conn) Deserialize(ctx context.Context, data []byte) error {
	switch {
	case c.cfg.Path != Memory:
		return errors.New("sqlite: only a database in memory can be replaced by another")
	case len(data) == 0:
		return nil
	}
	if err := c.begin(ctx); err != nil {
		return err
	}
	defer c.end()
	p := lib.Xsqlite3_malloc64(c.tls, uint64(len(data)))
	if p == 0 {
		return errNoMemory
	}
	b := view(p, len(data))
	copy(b, data)
	if len(b) > journalRead { // memory has no write-ahead log
		b[journalWrite], b[journalRead] = rollbackJournal, rollbackJournal
	}
	schema, err := cString(c.tls, "main")
	if err != nil {
		lib.Xsqlite3_free(c.tls, p)
		return err
	}
	defer libc.Xfree(c.tls, schema)
	// SQLite frees the memory, also where it fails.
	const how = lib.SQLITE_DESERIALIZE_FREEONCLOSE | lib.SQLITE_DESERIALIZE_RESIZEABLE
	if rc := lib.Xsqlite3_deserialize(c.tls, c.db, schema, p, int64(len(data)), int64(len(data)), how); rc != lib.SQLITE_OK {
		return c.failure(ctx, rc)
	}
	return nil
}
