package gosqldriver

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	sqldriver "database/sql/driver"

	upstream "github.com/go-sql-driver/mysql"

	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/driver/stdsql"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// OverSQLTx returns a transaction of db within tx, of database/sql over
// github.com/go-sql-driver/mysql, which stays the caller's: it is neither
// committed nor rolled back. See engine.Engine.OverTx for what the mode decides.
//
// The session is as the caller set it up. One that would store or read other
// values than an engine's own is refused: it has to be strict, in utf8mb4 and
// in UTC (time_zone, and loc where parseTime is on). Two things the server does
// not tell: open the database with clientFoundRows=true, else an UPDATE that
// changes a row to what it was does not count it, and with
// NO_AUTO_VALUE_ON_ZERO in sql_mode where a generated key is to be 0.
func OverSQLTx(ctx context.Context, db *engine.Engine, tx *sql.Tx, mode engine.JoinMode) (*engine.Tx, error) {
	if err := checkLent(ctx, tx); err != nil {
		return nil, err
	}
	o := stdsql.Options{
		Bind:        bindLent(db.Dialect() == mysql.BinaryUUIDs),
		TextInteger: func(typeName string) bool { return columnOf(typeName).kind == kindInteger },
		MapError:    mapLent, ZeroTimeUnread: true,
	}
	return db.OverTx(ctx, stdsql.WrapTx(tx, o), mode)
}

// lentMoment is what showLent has the server send, to see what arrives.
var lentMoment = time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)

const showLent = "SELECT @@session.sql_mode, @@character_set_client, TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW())," +
	" CAST('2001-02-03 04:05:06' AS DATETIME)"

// checkLent refuses a session in which values would change.
func checkLent(ctx context.Context, tx *sql.Tx) error {
	var mode, charset string
	var offset int64
	var moment any
	if err := tx.QueryRowContext(ctx, showLent).Scan(&mode, &charset, &offset, &moment); err != nil {
		if known := mapLent(err); known != nil {
			return known
		}
		return err
	}
	modes := strings.Split(strings.ToUpper(mode), ",")
	at, parsed := moment.(time.Time)
	switch {
	case !strict(modes):
		return &sessionError{"the transaction's sql_mode lacks STRICT_TRANS_TABLES, without which values are changed silently"}
	case slices.ContainsFunc(modes, func(m string) bool { return slices.Contains(quotingModes, m) }):
		return &sessionError{"the transaction's sql_mode changes quoting (" + mode + ") and cannot be used"}
	case charset != "utf8mb4":
		return &sessionError{"the transaction's character set is " + charset + "; open the database with charset=utf8mb4"}
	case offset != 0:
		return &sessionError{"the transaction's time zone is not UTC; open the database with time_zone=%27%2B00%3A00%27"}
	case parsed && !at.Equal(lentMoment):
		return &sessionError{"the transaction reads times in another zone than UTC; open the database with loc=UTC"}
	}
	return nil
}

func bindLent(binaryUUIDs bool) func(sqltype.Value) (sqldriver.Value, error) {
	return func(v sqltype.Value) (sqldriver.Value, error) {
		var text []byte
		var reason string
		switch v.Kind() {
		case sqltype.KindUint64:
			return v.Uint64(), nil
		case sqltype.KindFloat64:
			if f := v.Float64(); math.IsNaN(f) || math.IsInf(f, 0) {
				return nil, &sqlerr.ValueError{Type: "DOUBLE", Reason: "not a finite number"}
			}
			return v.Float64(), nil
		case sqltype.KindUUID:
			if binaryUUIDs {
				return v.Bytes(), nil
			}
			return stdsql.Bind(v)
		case sqltype.KindDate, sqltype.KindDateTime, sqltype.KindInstant:
			text, reason = appendMoment(nil, v, v.Kind() != sqltype.KindDate)
		case sqltype.KindTimeOfDay:
			text, reason = appendTimeOfDay(nil, v.TimeOfDay())
		default:
			return stdsql.Bind(v)
		}
		if reason != "" {
			return nil, &sqlerr.ValueError{Type: "date or time", Reason: reason}
		}
		return text, nil
	}
}

func mapLent(err error) error {
	var e *upstream.MySQLError
	if !errors.As(err, &e) {
		return nil
	}
	if fatalNumbers[e.Number] {
		return &driver.ConnError{Sent: true, Err: err}
	}
	return answered(e)
}
