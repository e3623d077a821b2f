package mysql

import (
	"errors"
	"net/netip"
	"reflect"
	"strings"

	"github.com/alkahest-go/alkahest/sqltype"
)

// The types that MySQL and MariaDB have and standard SQL lacks. Whole numbers of
// 8 and 24 bits, and unsigned ones, are sqltype.Integer.

// ZEROFILL is a whole number that clients show with leading zeros to so many
// digits. It is unsigned, as the server makes it.
func ZEROFILL(bits, width int) sqltype.Type {
	of := sqltype.Integer{Bits: bits, Unsigned: true}
	switch bits {
	case 8:
		return sqltype.Exactly("TINYINT() UNSIGNED ZEROFILL", of, width).On(name)
	case 16:
		return sqltype.Exactly("SMALLINT() UNSIGNED ZEROFILL", of, width).On(name)
	case 24:
		return sqltype.Exactly("MEDIUMINT() UNSIGNED ZEROFILL", of, width).On(name)
	case 32:
		return sqltype.Exactly("INTEGER() UNSIGNED ZEROFILL", of, width).On(name)
	}
	return sqltype.Exactly("BIGINT() UNSIGNED ZEROFILL", of, width).On(name)
}

// YEAR is 0 or a year from 1901 to 2155, an int.
func YEAR() sqltype.Type { return year }

// BIT is n bits, 1 to 64, as a uint64.
func BIT(n int) sqltype.Type {
	of := sqltype.Exactly("BIT", sqltype.Integer{Bits: 64, Unsigned: true}, n).On(name)
	return sqltype.Decorate("bits", of, func(v uint64) (uint64, error) {
		if n < 64 && v>>n != 0 {
			return 0, errBits
		}
		return v, nil
	}, func(v uint64) (uint64, error) { return v, nil })
}

// TINYTEXT is text of at most 255 bytes.
func TINYTEXT() sqltype.Type {
	return sqltype.Exactly("TINYTEXT", sqltype.Written("text of at most 255 bytes", tinyText)).On(name)
}

// MEDIUMTEXT is text of at most 16 MiB.
func MEDIUMTEXT() sqltype.Type {
	return sqltype.Exactly("MEDIUMTEXT", sqltype.Written("text of at most 16 MiB", mediumText)).On(name)
}

// LONGTEXT is text of at most 4 GiB.
func LONGTEXT() sqltype.Type { return sqltype.Exactly("LONGTEXT", sqltype.Text{}).On(name) }

// TINYBLOB is at most 255 bytes.
func TINYBLOB() sqltype.Type {
	return sqltype.Exactly("TINYBLOB", sqltype.LargeBinary{Length: 1<<8 - 1}).On(name)
}

// MEDIUMBLOB is at most 16 MiB.
func MEDIUMBLOB() sqltype.Type {
	return sqltype.Exactly("MEDIUMBLOB", sqltype.LargeBinary{Length: 1<<24 - 1}).On(name)
}

// LONGBLOB is at most 4 GiB.
func LONGBLOB() sqltype.Type { return sqltype.Exactly("LONGBLOB", sqltype.LargeBinary{}).On(name) }

// INET4 is an IPv4 address: netip.Addr or a string type (MariaDB 10.10).
func INET4() sqltype.Type { return sqltype.Exactly("INET4", inet4).On("mariadb") }

// INET6 is an IPv6 address: netip.Addr or a string type (MariaDB 10.5).
func INET6() sqltype.Type { return sqltype.Exactly("INET6", inet6).On("mariadb") }

// SET is any of its members, a []string in their order.
func SET(members ...string) sqltype.Type { return set{sqltype.NewLabels(members...)} }

var (
	year = sqltype.Decorate("year", sqltype.Exactly("YEAR", sqltype.Integer{Bits: 16, Unsigned: true}).On(name),
		func(y int) (int, error) {
			if y != 0 && (y < 1901 || y > 2155) {
				return 0, errYear
			}
			return y, nil
		}, func(y int) (int, error) { return y, nil })
	inet4 = sqltype.Written("an IPv4 address", addressText(netip.Addr.Is4), addresses(netip.Addr.Is4))
	inet6 = sqltype.Written("an IPv6 address", addressText(netip.Addr.Is6), addresses(netip.Addr.Is6))
)

var (
	errBits    = errors.New("mysql: more bits than the column has")
	errYear    = errors.New("mysql: a YEAR is 0 or from 1901 to 2155")
	errLong    = errors.New("mysql: longer than the column")
	errAddress = errors.New("mysql: not an address of the column's kind")
	errMember  = errors.New("mysql: not a member of the set, or one twice")
)

func tinyText(s string) (string, error)   { return atMost(s, 1<<8-1) }
func mediumText(s string) (string, error) { return atMost(s, 1<<24-1) }

func atMost(s string, n int) (string, error) {
	if len(s) > n {
		return "", errLong
	}
	return s, nil
}

func addressText(is func(netip.Addr) bool) func(string) (string, error) {
	return func(s string) (string, error) {
		a, err := netip.ParseAddr(s)
		if err != nil || !is(a) || a.Zone() != "" {
			return "", errAddress
		}
		return a.String(), nil
	}
}

func addresses(is func(netip.Addr) bool) sqltype.Pair {
	text := addressText(is)
	return sqltype.Through(func(a netip.Addr) (string, error) { return text(a.String()) }, netip.ParseAddr)
}

// set is a type whose name has its members, which typeName writes.
type set struct{ members *sqltype.Labels }

// Kind implements sqltype.Type.
func (set) Kind() sqltype.Kind { return sqltype.KindText }

// String implements sqltype.Type.
func (t set) String() string {
	return strings.Replace(sqltype.Enum{Labels: t.members}.String(), "ENUM", "SET", 1)
}

// Natural is the Go type of a column for which the program names none.
func (set) Natural() reflect.Type { return reflect.TypeFor[[]string]() }

// NewCodec implements sqltype.CodecProvider.
func (t set) NewCodec(g reflect.Type) *sqltype.Codec {
	w := sqltype.Written(t.String(), t.sorted, sqltype.Through(
		func(list []string) (string, error) { return t.sorted(strings.Join(list, ",")) },
		func(s string) ([]string, error) {
			if s == "" {
				return []string{}, nil
			}
			return strings.Split(s, ","), nil
		}))
	c, err := sqltype.CodecFor(w, g)
	if err != nil {
		return nil
	}
	own := *c
	return &own
}

// sorted gives the members in the order of the declaration, as the server does.
func (t set) sorted(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	given := map[string]bool{}
	for _, m := range strings.Split(s, ",") {
		if given[m] || !t.members.Has(m) {
			return "", errMember
		}
		given[m] = true
	}
	var list []string
	for _, m := range t.members.All() {
		if given[m] {
			list = append(list, m)
		}
	}
	return strings.Join(list, ","), nil
}
