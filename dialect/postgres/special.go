package postgres

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/sqltype"
)

// The types that PostgreSQL has and standard SQL lacks. Columns of them are
// declared with schema.ColumnOf[T], where T is a Go type that the type accepts.

// JSONPATH is a path in a JSON document.
func JSONPATH() sqltype.Type {
	return sqltype.Exactly("JSONPATH", sqltype.Written("a JSON path", nil)).On(name)
}

// XML is an XML document.
func XML() sqltype.Type { return sqltype.Exactly("XML", sqltype.Text{}).On(name) }

// CITEXT is text that is compared without regard to case, of the extension citext.
func CITEXT() sqltype.Type { return sqltype.Exactly("CITEXT", sqltype.Text{}).On(name) }

// TSVECTOR is a text prepared to be searched. The server sorts its words.
func TSVECTOR() sqltype.Type {
	return sqltype.Exactly("TSVECTOR", sqltype.Written("a text to search", nil)).On(name)
}

// TSQUERY is what is searched for in a TSVECTOR.
func TSQUERY() sqltype.Type {
	return sqltype.Exactly("TSQUERY", sqltype.Written("a text search", nil)).On(name)
}

// OID is the identifier of an object in the catalog.
func OID() sqltype.Type {
	return sqltype.Exactly("OID", sqltype.Integer{Bits: 32, Unsigned: true}).On(name)
}

// REGCLASS is the name of a relation, with its schema where that is not on the
// search path.
func REGCLASS() sqltype.Type {
	return sqltype.Exactly("REGCLASS", sqltype.Written("a relation", nil)).On(name)
}

// REGCONFIG is the name of a text search configuration.
func REGCONFIG() sqltype.Type {
	return sqltype.Exactly("REGCONFIG", sqltype.Written("a text search configuration", nil)).On(name)
}

// INET is a host's address with the length of its network: netip.Prefix,
// netip.Addr where that is the whole length, or a string type.
func INET() sqltype.Type { return sqltype.Exactly("INET", inet).On(name) }

// CIDR is a network: netip.Prefix without bits after its length, or a string
// type.
func CIDR() sqltype.Type { return sqltype.Exactly("CIDR", cidr).On(name) }

// MACADDR is a hardware address of 6 bytes: net.HardwareAddr or a string type.
func MACADDR() sqltype.Type {
	return sqltype.Exactly("MACADDR", macaddr("a hardware address", 6)).On(name)
}

// MACADDR8 is a hardware address of 8 bytes: net.HardwareAddr or a string type.
func MACADDR8() sqltype.Type {
	return sqltype.Exactly("MACADDR8", macaddr("a long hardware address", 8)).On(name)
}

// BIT is a string of exactly n bits, the text "0101" or a []bool.
func BIT(n int) sqltype.Type { return sqltype.Exactly("BIT", bits(n, true), n).On(name) }

// VARBIT is a string of at most n bits; 0 is any number.
func VARBIT(n int) sqltype.Type {
	if n == 0 {
		return sqltype.Exactly("VARBIT", bits(0, false)).On(name)
	}
	return sqltype.Exactly("VARBIT", bits(n, false), n).On(name)
}

// TIMETZ is a time of day with an offset from UTC, as text ("04:05:06.5+02").
func TIMETZ(precision int) sqltype.Type {
	return sqltype.Exactly("TIME() WITH TIME ZONE", sqltype.Written("a time with an offset", nil), precision).On(name)
}

// BYTEA is bytes.
func BYTEA() sqltype.Type { return sqltype.Exactly("BYTEA", sqltype.LargeBinary{}).On(name) }

// JSONB is a parsed JSON document.
func JSONB() sqltype.Type { return sqltype.JSON{Binary: true} }

// MONEY is an amount of money with two digits after the point, a sqltype.Decimal.
// It is read where the server's lc_monetary writes a point before the cents.
func MONEY() sqltype.Type { return money }

// One value of each type: two types of one name must be the same.
var (
	inet = sqltype.Written("an internet address", inetText,
		sqltype.Through(func(p netip.Prefix) (string, error) { return inetText(p.String()) }, readPrefix),
		sqltype.Through(func(a netip.Addr) (string, error) { return inetText(a.String()) }, readAddr))
	cidr = sqltype.Written("a network", cidrText,
		sqltype.Through(func(p netip.Prefix) (string, error) { return cidrText(p.String()) }, netip.ParsePrefix))
	money = sqltype.Decorate("money", sqltype.Exactly("MONEY", sqltype.Text{}).On(name), moneyText, readMoney)
)

var (
	errForm  = errors.New("postgres: not of the form of the type")
	errWhole = errors.New("postgres: an address with a network length is no netip.Addr; use netip.Prefix")
	errCents = errors.New("postgres: money has two digits after the point and at most 17 before it")
)

func readPrefix(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		return netip.ParsePrefix(s)
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}

func readAddr(s string) (netip.Addr, error) {
	if strings.Contains(s, "/") {
		return netip.Addr{}, errWhole
	}
	return netip.ParseAddr(s)
}

// inetText leaves out the length of a whole address, as the server does.
func inetText(s string) (string, error) {
	p, err := readPrefix(s)
	switch {
	case err != nil:
		return "", err
	case p.Addr().Zone() != "":
		return "", errForm
	case p.IsSingleIP():
		return p.Addr().String(), nil
	}
	return p.String(), nil
}

func cidrText(s string) (string, error) {
	p, err := readPrefix(s)
	if err != nil || p.Addr().Zone() != "" || p != p.Masked() {
		return "", errForm
	}
	return p.String(), nil
}

func macaddr(what string, n int) sqltype.Type {
	read := func(s string) (net.HardwareAddr, error) {
		a, err := net.ParseMAC(s)
		if err != nil || len(a) != n {
			return nil, errForm
		}
		return a, nil
	}
	text := func(s string) (string, error) {
		a, err := read(s)
		return a.String(), err
	}
	return sqltype.Written(what, text,
		sqltype.Through(func(a net.HardwareAddr) (string, error) { return text(a.String()) }, read))
}

func bits(n int, exact bool) sqltype.Type {
	what := "bits"
	switch {
	case exact:
		what = "exactly " + strconv.Itoa(n) + " bits"
	case n > 0:
		what = "at most " + strconv.Itoa(n) + " bits"
	}
	form := func(s string) (string, error) {
		if strings.Trim(s, "01") != "" || n > 0 && len(s) > n || exact && len(s) != n {
			return "", errForm
		}
		return s, nil
	}
	return sqltype.Written(what, form,
		sqltype.Through(func(list []bool) (string, error) {
			var b strings.Builder
			for _, bit := range list {
				b.WriteByte("01"[index(bit)])
			}
			return form(b.String())
		}, func(s string) ([]bool, error) {
			list := make([]bool, len(s))
			for i := range list {
				list[i] = s[i] == '1'
			}
			return list, nil
		}))
}

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}

func moneyText(d sqltype.Decimal) (string, error) {
	rounded := d.Round(2)
	if rounded.Cmp(d) != 0 || len(rounded.String()) > len("-92233720368547758.07") {
		return "", errCents
	}
	return rounded.String(), nil
}

// readMoney reads "-$1,234.50".
func readMoney(s string) (sqltype.Decimal, error) {
	plain := strings.NewReplacer("$", "", ",", "").Replace(s)
	if at := strings.LastIndexByte(plain, '.'); at != len(plain)-3 {
		return sqltype.Decimal{}, errCents
	}
	return sqltype.ParseDecimal(plain)
}
