// Package storage is what the glue of every database/sql driver for SQLite has
// in common: how values are stored, how stored values are read back, which
// result codes are which errors, and how a session is set up. It must not know
// any driver, nor the SQL that is run.
//
// The stored forms are those of package modernc, so that a file written
// through one driver is read through another.
package storage

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	sqldriver "database/sql/driver"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/driver/stdsql"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Memory is the path of a database that lives as long as its one connection.
const Memory = ":memory:"

// Config says which database to open and how.
type Config struct {
	// Path is a file, or Memory.
	Path string
	// ReadOnly opens the file without the right to write.
	ReadOnly bool
	// BusyTimeout is how long a statement waits for a lock: 5 s if 0.
	BusyTimeout time.Duration
	// NoForeignKeys leaves foreign keys unenforced.
	NoForeignKeys bool
}

// DSN returns the file: URI by which the drivers open the database.
func (c *Config) DSN() (string, error) {
	switch {
	case c.Path == "" || strings.IndexByte(c.Path, 0) >= 0:
		return "", errors.New("sqlite: the path is empty or holds a NUL; give :memory: or a file")
	case c.Path == Memory:
		return Memory, nil
	}
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(c.Path)
	if c.ReadOnly {
		return "file:" + escaped + "?mode=ro", nil
	}
	return "file:" + escaped, nil
}

// Options returns the adapter's options without what depends on the driver.
func (c *Config) Options() stdsql.Options {
	return stdsql.Options{Name: "sqlite:///" + c.Path, Bind: Bind, Convert: Convert, SetUp: c.setUp}
}

func (c *Config) setUp(ctx context.Context, cn driver.Conn, role driver.Role) error {
	busy := c.BusyTimeout
	if busy == 0 {
		busy = 5 * time.Second
	}
	pragmas := []string{"busy_timeout = " + strconv.FormatInt(int64(busy/time.Millisecond), 10)}
	if !c.NoForeignKeys {
		pragmas = append(pragmas, "foreign_keys = on")
	}
	if c.Path != Memory && !c.ReadOnly {
		pragmas = append(pragmas, "journal_mode = wal", "synchronous = normal")
	}
	if role == driver.ReadOnly {
		pragmas = append(pragmas, "query_only = on")
	}
	for _, p := range pragmas {
		if _, err := cn.Exec(ctx, "PRAGMA "+p); err != nil {
			return fmt.Errorf("sqlite: pragma %s: %w", p, err)
		}
	}
	return nil
}

const (
	dateForm     = "2006-01-02"
	clockForm    = "15:04:05.000000"
	dateTimeForm = dateForm + " " + clockForm
	instantForm  = dateTimeForm + "Z"
)

func refuse(typeName, reason string) error {
	return &sqlerr.ValueError{Type: typeName, Reason: reason}
}

// Bind returns the stored form of a value.
func Bind(v sqltype.Value) (sqldriver.Value, error) {
	switch v.Kind() {
	case sqltype.KindFloat64:
		if math.IsNaN(v.Float64()) {
			return nil, refuse("DOUBLE PRECISION", "SQLite has no NaN; use NULL")
		}
	case sqltype.KindBool:
		if v.Bool() {
			return int64(1), nil
		}
		return int64(0), nil
	case sqltype.KindText, sqltype.KindJSON:
		if strings.IndexByte(v.Text(), 0) >= 0 {
			return nil, refuse("TEXT", "the text holds a NUL, where SQLite's functions stop reading")
		}
	case sqltype.KindDecimal:
		return decimal(v.Text())
	case sqltype.KindDate:
		return moment(v, "DATE", dateForm)
	case sqltype.KindDateTime:
		return moment(v, "TIMESTAMP", dateTimeForm)
	case sqltype.KindInstant:
		return moment(v, "TIMESTAMP WITH TIME ZONE", instantForm)
	case sqltype.KindTimeOfDay:
		d := v.TimeOfDay()
		if d < 0 || d >= 24*time.Hour || d%time.Microsecond != 0 {
			return nil, refuse("TIME", "not a time of day of whole microseconds")
		}
		return time.Unix(0, int64(d)).UTC().Format(clockForm), nil
	}
	return stdsql.Bind(v)
}

func moment(v sqltype.Value, typeName, form string) (sqldriver.Value, error) {
	t := v.Time()
	if t.Year() < 1 || t.Year() > 9999 || t.Nanosecond()%1000 != 0 {
		return nil, refuse(typeName, "the year is not within 1 to 9999, or the fraction has more than six digits")
	}
	return t.Format(form), nil
}

// exactDigits is how many significant digits of a decimal a REAL keeps.
const exactDigits = 15

// decimal returns an integer where the number is whole and fits, else a REAL
// that is the number's nearest and no other's.
func decimal(s string) (sqldriver.Value, error) {
	digits := strings.TrimLeft(s, "+-")
	whole, fraction, _ := strings.Cut(digits, ".")
	if len(s)-len(digits) > 1 || whole+fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return nil, refuse("NUMERIC", "a decimal is written as digits with at most one sign and one point")
	}
	fraction = strings.TrimRight(fraction, "0")
	if fraction == "" {
		if n, err := strconv.ParseInt(s[:len(s)-len(digits)]+whole, 10, 64); err == nil {
			return n, nil
		}
	}
	significant := strings.Trim(whole+fraction, "0")
	f, err := strconv.ParseFloat(s, 64)
	if len(significant) > exactDigits || err != nil || significant != "" && math.Abs(f) < 0x1p-1022 {
		return nil, refuse("NUMERIC", "SQLite keeps 15 significant digits of a decimal; use a text column")
	}
	return f, nil
}

// Convert reads what stdsql's own rules refuse: numbers as text, which is how
// decimals are read, and whole numbers as floating-point up to 1<<53.
func Convert(want sqltype.Kind, _ driver.Column, stored sqldriver.Value) (sqltype.Value, bool) {
	switch v := stored.(type) {
	case int64:
		switch {
		case want == sqltype.KindText:
			return sqltype.TextValue(strconv.FormatInt(v, 10)), true
		case want == sqltype.KindFloat64 && v >= -1<<53 && v <= 1<<53:
			return sqltype.Float64Value(float64(v)), true
		}
	case float64:
		if want == sqltype.KindText && !math.IsInf(v, 0) {
			return sqltype.TextValue(strconv.FormatFloat(v, 'f', -1, 64)), true
		}
	}
	return sqltype.NullValue(), false
}
