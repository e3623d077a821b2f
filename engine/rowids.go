package engine

import (
	"strings"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// stored is what becomes of the rows that are inserted into a table, for
// products whose last row id tells the key.
type stored struct {
	// rowID is the column that is the engine's row id, "" where none is.
	rowID string
	// changes says that a trigger may change a row after it was stored, when
	// RETURNING has told it.
	changes bool
	// triggers says that there are any which INSERT sets off.
	triggers bool
}

// storedAt is what was found of a table at a version of the schema.
type storedAt struct {
	stored
	version int64
}

// byRowID inserts into a table of a product whose last row id tells the key,
// where it does.
func (x *insertion) byRowID() error {
	s, err := x.becomes()
	switch {
	case err != nil:
		return err
	case s.changes:
		return x.readBackEach(s)
	case len(x.p.back) == 0:
		return x.plain()
	case x.p.keyOnly() && s.tells(x.p.key):
		return x.rowIDsFrom(0)
	}
	return x.returningFrom(0)
}

func (s stored) tells(key *schema.Column) bool {
	return key != nil && s.rowID != "" && strings.EqualFold(s.rowID, key.Name)
}

// becomes returns what becomes of rows of the insertion's table. It is asked
// once a transaction, in which nobody else can change it, and again only where
// the schema has changed since this connection asked before.
func (x *insertion) becomes() (stored, error) {
	l, t := x.l, x.p.table
	if s, ok := l.tx.stored[t]; ok {
		return s, nil
	}
	version, err := x.schemaVersion()
	if err != nil {
		return stored{}, err
	}
	known, ok := l.stored[t]
	if !ok || known.version != version || l.server.rules.SchemaName(t.Schema) != "" { // the version is that of what has no schema
		if known.stored, err = x.ask(); err != nil {
			return stored{}, err
		}
		known.version = version
		if l.stored == nil {
			l.stored = map[*schema.Table]storedAt{}
		}
		l.stored[t] = known
	}
	if l.tx.stored == nil {
		l.tx.stored = map[*schema.Table]stored{}
	}
	l.tx.stored[t] = known.stored
	return known.stored, nil
}

// schemaVersion returns the version of the schema, asked once a transaction.
func (x *insertion) schemaVersion() (int64, error) {
	t := x.l.tx
	if t.version != nil {
		return *t.version, nil
	}
	var version int64
	_, err := x.l.queryOne(x.ctx, x.l.server.caps.SchemaVersion, nil, nil, func(rows driver.Rows) (bool, error) {
		for rows.Next() {
			version = rows.Int64(0)
		}
		return true, rows.Err()
	})
	if err == nil {
		t.version = &version
	}
	return version, err
}

func (x *insertion) ask() (s stored, err error) {
	sql, err := x.l.engine.dialect.RowIDCheck(x.l.server.rules.Table(x.p.table))
	if err != nil {
		return s, err
	}
	_, err = x.l.queryOne(x.ctx, sql, nil, nil, func(rows driver.Rows) (bool, error) {
		for rows.Next() {
			if !rows.IsNull(0) {
				s.rowID = string(rows.Text(0))
			}
			s.changes, s.triggers = rows.Int64(1) == 1, rows.Int64(1) != 0
		}
		return true, rows.Err()
	})
	return s, err
}

// unsure forgets what was found out about tables: text was run on the
// connection, and may have changed them.
func (l *link) unsure() {
	l.touched = true
	clear(l.stored)
	clear(l.solos)
	if l.tx != nil {
		l.tx.unsure()
	}
}

// unsure forgets what was found out in this transaction.
func (t *Tx) unsure() {
	clear(t.meddlers)
	clear(t.stored)
	t.version = nil
}

// readBackEach inserts rows that a trigger may change afterwards one by one, and
// reads each of them.
func (x *insertion) readBackEach(s stored) error {
	c, err := x.p.statement(variant{rows: 1})
	if err != nil {
		return err
	}
	w, err := x.watch(c, x.b.N)
	if err != nil {
		return err
	}
	return x.watched(w, x.b.N, x.eachRow(c, 0, x.b.N, func(i int, res driver.Result) error {
		if s.rowID == "" {
			return x.readBackRow(i, nil)
		}
		return x.readBackRow(i, &rowIdentity{x.p.table.Column(s.rowID), sqltype.Int64Value(int64(res.LastInsertID))})
	}))
}
