package engine

import (
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// meddler is what there is in the database that works on rows while they are
// inserted into a table, as Capabilities.InsertTriggers tells.
type meddler int64

const (
	noMeddler meddler = iota
	// changesIDs may give a row another id than it was to have.
	changesIDs
	// changesStep runs between two rows of a statement, where it may change the
	// step from the id of one to that of the next.
	changesStep
)

var tableParams = []sqltype.Type{sqltype.Text{}, sqltype.Text{}}

func (s *server) tableArgs(t *schema.Table) []sqltype.Value {
	return []sqltype.Value{sqltype.TextValue(s.rules.SchemaName(t.Schema)), sqltype.TextValue(t.Name)}
}

// readMeddler reads the one row of the query. Of none the worst is assumed.
func readMeddler(rows driver.Rows) (meddler, error) {
	found := changesIDs
	for rows.Next() {
		switch {
		case rows.IsNull(0):
		case isBool(rows):
			if !rows.Bool(0) {
				found = noMeddler
			}
		case rows.Int64(0) == 0:
			found = noMeddler
		case rows.Int64(0) == 2:
			found = changesStep
		}
	}
	return found, rows.Err()
}

func isBool(rows driver.Rows) bool {
	cols := rows.Columns()
	return len(cols) > 0 && (cols[0].Type == "bool" || cols[0].Type == "boolean")
}

// meddler returns what works on rows that are inserted into the table. The
// transaction has inserted a row already, and so holds it.
func (x *insertion) meddler() (meddler, error) {
	if found, ok := x.l.tx.meddlers[x.p.table]; ok {
		return found, nil
	}
	l := x.l
	found := noMeddler
	if check := l.server.caps.InsertTriggers; check != "" {
		_, err := l.queryOne(x.ctx, check, tableParams, l.server.tableArgs(x.p.table), func(rows driver.Rows) (_ bool, err error) {
			found, err = readMeddler(rows)
			return true, err
		})
		if err != nil {
			return changesIDs, err
		}
	}
	x.noteMeddler(found)
	return found, nil
}

// keepsIDs reports whether it is known that rows get the ids which they are to
// have.
func (x *insertion) keepsIDs() bool {
	found, ok := x.l.tx.meddlers[x.p.table]
	return ok && found != changesIDs
}

func (x *insertion) noteMeddler(found meddler) {
	t := x.l.tx
	if t.meddlers == nil {
		t.meddlers = map[*schema.Table]meddler{}
	}
	t.meddlers[x.p.table] = found
}
