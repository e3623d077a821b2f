// Package gosqldriver connects MySQL and MariaDB through
// github.com/go-sql-driver/mysql.
//
// It knows that driver, the wire's values, the servers' error numbers and the
// session settings that exact reads and strict writes rely on. It must not
// know how statements are made or what they mean.
//
// Parameters always travel in the binary protocol of prepared statements; they
// are never written into the SQL text.
package gosqldriver

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// Secret is a text that prints as "***".
type Secret string

// String hides the text.
func (Secret) String() string { return "***" }

// GoString hides the text.
func (Secret) GoString() string { return `"***"` }

// MarshalText hides the text.
func (Secret) MarshalText() ([]byte, error) { return []byte("***"), nil }

// LogValue hides the text.
func (Secret) LogValue() slog.Value { return slog.StringValue("***") }

// Config says how to reach one database.
type Config struct {
	User     string
	Password Secret
	Host     string // 127.0.0.1 if empty
	Port     int    // 3306 if 0
	Socket   string // path of a unix socket; used instead of Host and Port
	Database string

	// TLS is used if not nil. TLSOptional goes on without encryption where
	// the server has none.
	TLS         *tls.Config
	TLSOptional bool
	// Timeout bounds dialing. 0 is no bound but the context's.
	Timeout time.Duration
	// CancelGrace is how long a statement may take to end after its context
	// ended and the server was told to stop it. After that the connection is
	// dropped. 0 is 5 seconds.
	CancelGrace time.Duration
	// Collation is the connection's collation; "" is the server's default for
	// utf8mb4.
	Collation string
	// BinaryUUIDs sends UUIDs as their 16 bytes, for BINARY(16) columns. The
	// default is their text, which both CHAR(36) and MariaDB's UUID take.
	// All forms are read either way.
	BinaryUUIDs bool
	// CleartextPasswords allows authentication that shows the password to the
	// server, as PAM and LDAP need. Use it with TLS.
	CleartextPasswords bool
	// Compress compresses the traffic.
	Compress bool
	// Vars are system variables that are set on each connection. Numbers are
	// sent as numbers, everything else as text. sql_mode replaces the
	// server's modes; strictness is added to it.
	Vars map[string]string
}

// reserved are the variables that reading and writing exactly depends on.
var reserved = []string{
	"time_zone", "autocommit", "sql_auto_is_null", "character_set_client", "character_set_connection",
	"character_set_results", "collation_connection",
}

// ParseConfig reads a URL such as mysql://user:password@host:3306/database.
// The scheme is not looked at. The options are socket, tls (false, true,
// skip-verify, preferred), tls.ca (a PEM file), timeout, cancel_grace,
// charset (utf8mb4 alone), collation, uuid (text, binary),
// allow_cleartext_passwords, compress, and set.<system variable>. An option
// that is not known is an error.
func ParseConfig(u *url.URL) (Config, error) {
	c := Config{Host: u.Hostname(), Database: strings.TrimPrefix(u.Path, "/")}
	if u.User != nil {
		c.User = u.User.Username()
		p, _ := u.User.Password()
		c.Password = Secret(p)
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return Config{}, fmt.Errorf("gosqldriver: port %q is not a number up to 65535", p)
		}
		c.Port = int(n)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Config{}, errors.New("gosqldriver: the options after ? are not well formed; escape special characters as %XX")
	}
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	sort.Strings(names) // tls comes before tls.ca
	for _, name := range names {
		if len(query[name]) != 1 {
			return Config{}, fmt.Errorf("gosqldriver: option %s is given more than once", name)
		}
		if err := c.option(name, query[name][0]); err != nil {
			return Config{}, fmt.Errorf("gosqldriver: option %s: %w", name, err)
		}
	}
	return c, nil
}

func (c *Config) option(name, value string) (err error) {
	switch name {
	case "socket":
		c.Socket = value
	case "tls":
		return c.setTLS(value)
	case "tls.ca":
		return c.setCA(value)
	case "timeout":
		c.Timeout, err = time.ParseDuration(value)
	case "cancel_grace":
		c.CancelGrace, err = time.ParseDuration(value)
	case "charset":
		if !strings.EqualFold(value, "utf8mb4") {
			return errors.New("only utf8mb4 is supported")
		}
	case "collation":
		if !isWord(value) {
			return errors.New("not the name of a collation")
		}
		c.Collation = value
	case "uuid":
		if value != "text" && value != "binary" {
			return errors.New("want text or binary")
		}
		c.BinaryUUIDs = value == "binary"
	case "allow_cleartext_passwords":
		c.CleartextPasswords, err = strconv.ParseBool(value)
	case "compress":
		c.Compress, err = strconv.ParseBool(value)
	default:
		variable, ok := strings.CutPrefix(name, "set.")
		if !ok {
			return errors.New("not known; a system variable is set by set." + name)
		}
		if c.Vars == nil {
			c.Vars = map[string]string{}
		}
		c.Vars[variable] = value
		return checkVar(variable, value)
	}
	return err
}

func (c *Config) setTLS(value string) error {
	switch value {
	case "false":
	case "true":
		c.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	case "skip-verify", "preferred":
		c.TLS = &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}
		c.TLSOptional = value == "preferred"
	default:
		return errors.New("want false, true, skip-verify or preferred")
	}
	return nil
}

func (c *Config) setCA(file string) error {
	if c.TLS == nil || c.TLS.InsecureSkipVerify {
		return errors.New("needs tls=true")
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	c.TLS.RootCAs = x509.NewCertPool()
	if !c.TLS.RootCAs.AppendCertsFromPEM(pem) {
		return errors.New("the file holds no PEM certificate")
	}
	return nil
}

func checkVar(name, value string) error {
	if !isWord(name) {
		return errors.New("not the name of a system variable")
	}
	if slices.Contains(reserved, strings.ToLower(name)) {
		return errors.New("is set by the driver and cannot be changed")
	}
	if strings.ContainsAny(value, "\\\x00") {
		return errors.New("the value holds a backslash or NUL")
	}
	return nil
}

func isWord(s string) bool {
	for _, r := range s {
		if r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return s != ""
}

// native returns the configuration of the Go driver.
func (c *Config) native() (*mysql.Config, error) {
	m := mysql.NewConfig()
	m.User, m.Passwd, m.DBName = c.User, string(c.Password), c.Database
	m.Net, m.Addr = c.address()
	if c.TLS != nil {
		m.TLS = c.TLS.Clone()
		if m.TLS.ServerName == "" {
			m.TLS.ServerName = c.Host
		}
	}
	m.AllowFallbackToPlaintext = c.TLSOptional
	m.Timeout = c.Timeout
	m.AllowCleartextPasswords = c.CleartextPasswords
	m.MaxAllowedPacket = 0 // ask the server, so that what is too large is refused before it is sent
	m.ClientFoundRows = true
	m.ParseTime = false // as time.Time a zero date and the first of January of year 1 are the same
	m.Logger = &mysql.NopLogger{}
	for name, value := range c.Vars {
		if err := checkVar(name, value); err != nil {
			return nil, fmt.Errorf("gosqldriver: system variable %s: %w", name, err)
		}
	}
	if c.Collation != "" && !isWord(c.Collation) {
		return nil, errors.New("gosqldriver: collation: not the name of a collation")
	}
	return m, m.Apply(mysql.EnableCompression(c.Compress))
}

func (c *Config) address() (network, addr string) {
	if c.Socket != "" {
		return "unix", c.Socket
	}
	host, port := c.Host, c.Port
	if host == "" {
		host = "127.0.0.1"
	}
	if port == 0 {
		port = 3306
	}
	return "tcp", net.JoinHostPort(host, strconv.Itoa(port))
}

// String names the database without the password.
func (c *Config) String() string {
	_, addr := c.address()
	u := url.URL{Scheme: "mysql", Host: addr, Path: "/" + c.Database}
	if c.Socket != "" {
		u.Host, u.RawQuery = "", url.Values{"socket": {c.Socket}}.Encode()
	}
	if c.User != "" {
		u.User = url.User(c.User)
	}
	return u.String()
}
