package faulttest

import (
	"strings"

	pgxdriver "github.com/jackc/pgx/v5"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
)

func init() {
	works = append(works, []work{
		{name: "DDL", durable: "CREATE", most: 1, run: func(l *lab) error { return l.exec(l.engine, l.createOther()) }, done: otherTables, undo: dropOther},
		{name: "implicit commit", durable: "CREATE", most: 1, on: mariadb, run: func(l *lab) error {
			return l.inTx(func(tx *engine.Tx) error {
				if err := l.exec(tx, l.insert("x")); err != nil {
					return err
				}
				return l.exec(tx, l.createOther())
			}, (*engine.Tx).Rollback)
		}, done: notes("x"), undo: dropOther},
		{name: "PREPARE TRANSACTION", durable: "PREPARE", most: 1, on: postgresql, run: func(l *lab) error {
			return l.inTx(func(tx *engine.Tx) error {
				if err := l.exec(tx, l.insert("x")); err != nil {
					return err
				}
				return l.exec(tx, text("PREPARE TRANSACTION '"+l.table().Name+"'"))
			}, (*engine.Tx).Rollback)
		}, done: preparedTransactions, undo: rollBackPrepared},
		{name: "COPY", durable: "COPY", most: 1, on: postgresql, opaque: true, run: copyRows, done: bulks},
	}...)
}

func (l *lab) createOther() expr.Statement {
	return text("CREATE TABLE " + l.table().Name + "_other (id INTEGER)")
}

func dropOther(l *lab) {
	l.t.Helper()
	l.must(l.exec(l.direct, text("DROP TABLE IF EXISTS "+l.table().Name+"_other")))
}

// number asks past the proxy.
func (l *lab) number(s expr.Statement) int {
	l.t.Helper()
	n, err := engine.Scalar[int64](l.ctx, l.direct, s)
	l.must(err)
	return int(n)
}

func otherTables(l *lab) int {
	l.t.Helper()
	return l.number(expr.SQL("SELECT count(*) FROM information_schema.tables WHERE table_name = :name", expr.Named("name", l.table().Name+"_other")))
}

func preparedTransactions(l *lab) int {
	l.t.Helper()
	return l.number(expr.SQL("SELECT count(*) FROM pg_prepared_xacts WHERE gid = :name", expr.Named("name", l.table().Name)))
}

func rollBackPrepared(l *lab) {
	l.t.Helper()
	if preparedTransactions(l) > 0 {
		l.must(l.exec(l.direct, text("ROLLBACK PREPARED '"+l.table().Name+"'")))
	}
}

// copyRows copies in autocommit, on the driver's own connection.
func copyRows(l *lab) error {
	c, err := l.engine.Conn(l.ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Raw(l.ctx, func(raw any) error {
		rows := strings.NewReader(strings.Repeat("bulk\t0\n", bulk))
		_, err := raw.(*pgxdriver.Conn).PgConn().CopyFrom(l.ctx, rows, "COPY "+l.table().Name+" (note, n) FROM STDIN")
		return err
	})
}
