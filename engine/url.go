package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Host is one server of a URL. Port is 0 where the URL names none.
type Host struct {
	Name string // without the brackets of an IPv6 address
	Port int
}

// URL says where a database is and how to get in. It is immutable: the With
// methods return changed copies. Every rendering but Reveal hides the
// password, and the options whose names say that they are secret.
type URL struct {
	scheme   string
	user     string
	password *string // a pointer, so that no printing of an enclosing struct shows it
	hosts    []Host
	database string
	options  *url.Values // a pointer for the same reason
}

// ParseURL reads dialect[+driver]://[user[:password]@][host[:port][,…]][/database][?option=value&…].
// User, password and database are percent-decoded; a percent sign that starts
// no escape stands for itself. Within a password all characters but a slash, a
// question mark and a number sign may be written as they are, and those as
// well where what results can't be read in another way.
func ParseURL(s string) (*URL, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || !isScheme(scheme) {
		return nil, errors.New("engine: a database URL begins with its dialect and ://, such as sqlite:///file.db or postgresql://user@host/database")
	}
	u := &URL{scheme: strings.ToLower(scheme)}
	rest, err := u.parseUser(rest)
	if err != nil {
		return nil, err
	}
	rest, query, hasQuery := strings.Cut(rest, "?")
	authority, path, _ := strings.Cut(rest, "/")
	if err := u.parseHosts(authority); err != nil {
		return nil, err
	}
	u.database = unescape(path)
	if hasQuery {
		if err := u.parseOptions(query); err != nil {
			return nil, err
		}
	}
	return u, u.check()
}

func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || i > 0 && (c >= '0' && c <= '9' || c == '+')) {
			return false
		}
	}
	return s != ""
}

// parseUser takes user and password off the front. What is before an @ is
// never taken for anything that is shown.
func (u *URL) parseUser(rest string) (string, error) {
	authority := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority = rest[:i]
	}
	at := strings.LastIndexByte(authority, '@')
	if at < 0 && strings.Contains(authority, ":") && strings.Contains(rest, "@") {
		if _, err := parseHostList(authority); err == nil {
			return rest, u.ambiguous(rest)
		}
		at = strings.IndexByte(rest, '@')
	}
	if at < 0 {
		return rest, nil
	}
	user, password, has := strings.Cut(rest[:at], ":")
	u.user = unescape(user)
	if has {
		p := unescape(password)
		u.password = &p
	}
	return rest[at+1:], nil
}

// ambiguous refuses user:12/3@host, which is a password to some readers and a
// port to others. An @ in an option's value is no riddle.
func (u *URL) ambiguous(rest string) error {
	path, query, _ := strings.Cut(rest, "?")
	key, _, _ := strings.Cut(query, "=")
	if strings.Contains(path, "@") || strings.Contains(key, "@") {
		return errors.New("engine: the URL can be read in two ways: within a password write / as %2F, ? as %3F and # as %23; within a database's name write @ as %40")
	}
	return nil
}

func (u *URL) parseHosts(s string) (err error) {
	if s == "" {
		return nil
	}
	u.hosts, err = parseHostList(s)
	if len(u.hosts) == 1 && u.hosts[0] == (Host{}) { // such as []
		u.hosts = nil
	}
	return err
}

func parseHostList(s string) ([]Host, error) {
	parts := strings.Split(s, ",")
	hosts := make([]Host, len(parts))
	for i, p := range parts {
		h, err := parseHost(p)
		if err != nil {
			return nil, err
		}
		hosts[i] = h
	}
	return hosts, nil
}

// parseHost never repeats the text in an error: it may be a password in the
// wrong place.
func parseHost(s string) (Host, error) {
	name, port, hasPort := s, "", false
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return Host{}, errors.New("engine: the URL's host begins with [ and has no ]")
		}
		name, port = s[1:end], s[end+1:]
		if port, hasPort = strings.CutPrefix(port, ":"); !hasPort && port != "" {
			return Host{}, errors.New("engine: after the ] of the URL's host there may only be a port")
		}
	} else {
		name, port, hasPort = strings.Cut(s, ":")
	}
	h := Host{Name: unescape(name)}
	if !hasPort || port == "" {
		return h, nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return Host{}, errors.New("engine: the URL's port is not a number from 1 to 65535; an IPv6 address is written in brackets, and an @, / or : of a password as %40, %2F or %3A")
	}
	h.Port = int(n)
	return h, nil
}

func (u *URL) parseOptions(query string) error {
	if query == "" {
		return nil
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("engine: the URL's options after ? are not well formed; write them as name=value, joined by &, with special characters as %XX")
	}
	for _, part := range strings.Split(query, "&") {
		if part != "" && !strings.Contains(part, "=") || strings.HasPrefix(part, "=") {
			return errors.New("engine: the URL's options after ? are written as name=value, joined by &")
		}
	}
	if len(values) > 0 {
		u.options = &values
	}
	return nil
}

func (u *URL) check() error {
	parts := []string{u.user, u.Password(), u.database}
	for _, h := range u.hosts {
		parts = append(parts, h.Name)
	}
	for name, values := range u.Options() {
		parts = append(append(parts, name), values...)
	}
	for _, p := range parts {
		if strings.IndexByte(p, 0) >= 0 {
			return errors.New("engine: the URL has a NUL in it")
		}
	}
	return nil
}

// unescape decodes %XX and leaves a percent sign alone that is not followed by
// two hexadecimal digits.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(n))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.~", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

// Scheme returns all that is before ://, in lower case.
func (u URL) Scheme() string { return u.scheme }

// Dialect returns the scheme without its driver: "postgresql" of
// "postgresql+pgx".
func (u URL) Dialect() string {
	name, _, _ := strings.Cut(u.scheme, "+")
	return name
}

// Driver returns the part of the scheme after +, or "".
func (u URL) Driver() string {
	_, name, _ := strings.Cut(u.scheme, "+")
	return name
}

// User returns the user, or "".
func (u URL) User() string { return u.user }

// Password returns the password, or "".
func (u URL) Password() string {
	if u.password == nil {
		return ""
	}
	return *u.password
}

// HasPassword tells an empty password from none.
func (u URL) HasPassword() bool { return u.password != nil }

// Hosts returns a copy of the servers, in their order; empty for none.
func (u URL) Hosts() []Host { return slices.Clone(u.hosts) }

// Host returns the first server, or the zero Host.
func (u URL) Host() Host {
	if len(u.hosts) == 0 {
		return Host{}
	}
	return u.hosts[0]
}

// Database returns what follows the host and a slash, decoded: the database's
// name, or a file's path, which is absolute if it begins with a slash itself.
func (u URL) Database() string { return u.database }

// Options returns a copy of the options.
func (u URL) Options() url.Values {
	if u.options == nil {
		return nil
	}
	out := make(url.Values, len(*u.options))
	for name, values := range *u.options {
		out[name] = slices.Clone(values)
	}
	return out
}

// Option returns the first value of the option, or "".
func (u URL) Option(name string) string {
	if u.options == nil {
		return ""
	}
	return u.options.Get(name)
}

// WithUser returns the URL with another user and password, such as a token
// that is valid for some minutes.
func (u URL) WithUser(user, password string) *URL {
	u.user, u.password = user, &password
	return &u
}

// WithHosts returns the URL with other servers.
func (u URL) WithHosts(hosts ...Host) *URL {
	u.hosts = slices.Clone(hosts)
	return &u
}

// WithDatabase returns the URL of another database.
func (u URL) WithDatabase(name string) *URL {
	u.database = name
	return &u
}

// WithOption returns the URL with an option set, or, without values, left out.
func (u URL) WithOption(name string, values ...string) *URL {
	options := u.Options()
	if options == nil {
		options = url.Values{}
	}
	options[name] = slices.Clone(values)
	if len(values) == 0 {
		delete(options, name)
	}
	u.options = &options
	return &u
}

// Equal reports whether two URLs are the same in every part.
func (u URL) Equal(v *URL) bool { return v != nil && u.Reveal() == v.Reveal() }

const hidden = "***"

// String returns the URL with its secrets hidden.
func (u URL) String() string { return u.render(false) }

// Reveal returns the URL with its secrets, so that ParseURL reads it back.
func (u URL) Reveal() string { return u.render(true) }

func (u URL) render(reveal bool) string {
	var b strings.Builder
	b.WriteString(u.scheme + "://")
	if u.user != "" || u.password != nil {
		b.WriteString(escape(u.user))
		if u.password != nil {
			password := hidden
			if reveal {
				password = escape(*u.password)
			}
			b.WriteString(":" + password)
		}
		b.WriteByte('@')
	}
	for i, h := range u.hosts {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(h.String())
	}
	if u.database != "" {
		b.WriteString("/" + escapePath(u.database))
	}
	u.renderOptions(&b, reveal)
	return b.String()
}

// escapePath leaves a path readable: slashes and the colons of :memory: stay.
func escapePath(s string) string {
	return strings.NewReplacer("%2F", "/", "%3A", ":").Replace(escape(s))
}

func (u URL) renderOptions(b *strings.Builder, reveal bool) {
	sep := "?"
	options := u.Options()
	for _, name := range slices.Sorted(maps.Keys(options)) {
		for _, v := range options[name] {
			if v = escape(v); secret(name) && !reveal {
				v = hidden
			}
			b.WriteString(sep + escape(name) + "=" + v)
			sep = "&"
		}
	}
}

func secret(option string) bool {
	option = strings.ToLower(option)
	for _, word := range []string{"pass", "pwd", "secret", "token", "key"} {
		if strings.Contains(option, word) {
			return true
		}
	}
	return false
}

// String returns host:port, with an IPv6 address in brackets.
func (h Host) String() string {
	name := escapePath(h.Name)
	if strings.Contains(h.Name, ":") {
		name = "[" + name + "]"
	} else {
		name = escape(h.Name)
	}
	if h.Port != 0 {
		name += ":" + strconv.Itoa(h.Port)
	}
	return name
}

// GoString is String in quotes, for %#v.
func (u URL) GoString() string { return fmt.Sprintf("engine.ParseURL(%q)", u.String()) }

// LogValue is String, for log/slog.
func (u URL) LogValue() slog.Value { return slog.StringValue(u.String()) }

// MarshalText is String, for JSON and its kin.
func (u URL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }
