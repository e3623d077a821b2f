package engine

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type urlParts struct {
	Scheme, User, Password string
	Hosts                  []Host
	Database, Option       string
}

func partsOf(u *URL) urlParts {
	return urlParts{u.Scheme(), u.User(), u.Password(), u.Hosts(), u.Database(), u.Option("opt")}
}

func TestParseURL(t *testing.T) {
	one := []Host{{"host", 0}}
	for url, want := range map[string]urlParts{
		"sqlite://":                              {Scheme: "sqlite"},
		"sqlite:///:memory:":                     {Scheme: "sqlite", Database: ":memory:"},
		"sqlite:///relative.db":                  {Scheme: "sqlite", Database: "relative.db"},
		"sqlite:////absolute.db":                 {Scheme: "sqlite", Database: "/absolute.db"},
		"sqlite:///C:/dir/a%20b.db?opt=v":        {Scheme: "sqlite", Database: "C:/dir/a b.db", Option: "v"},
		"sqlite:///a%3Fb%23c.db":                 {Scheme: "sqlite", Database: "a?b#c.db"},
		"postgres://host":                        {Scheme: "postgres", Hosts: one},
		"postgresql://u:p@host:5432/db?opt=a@b":  {Scheme: "postgresql", User: "u", Password: "p", Hosts: []Host{{"host", 5432}}, Database: "db", Option: "a@b"},
		"postgresql://host:5432/db?opt=a@b":      {Scheme: "postgresql", Hosts: []Host{{"host", 5432}}, Database: "db", Option: "a@b"},
		"mysql+gosqldriver://u@host/":            {Scheme: "mysql+gosqldriver", User: "u", Hosts: one},
		"MariaDB://u:@host":                      {Scheme: "mariadb", User: "u", Hosts: one},
		"postgresql://u:%40%3A%2F%3F%23%25@host": {Scheme: "postgresql", User: "u", Password: "@:/?#%", Hosts: one},
		"postgresql://u:a@b:c%@host":             {Scheme: "postgresql", User: "u", Password: "a@b:c%", Hosts: one},
		"postgresql://u:a/b@host/d":              {Scheme: "postgresql", User: "u", Password: "a/b", Hosts: one, Database: "d"},
		"postgresql://u:a?b#c@host":              {Scheme: "postgresql", User: "u", Password: "a?b#c", Hosts: one},
		"postgresql://u%40corp:p@host/d":         {Scheme: "postgresql", User: "u@corp", Password: "p", Hosts: one, Database: "d"},
		"postgresql://[::1]:5433/d":              {Scheme: "postgresql", Hosts: []Host{{"::1", 5433}}, Database: "d"},
		"postgresql://a:1,b,[fe80::1]:3/d":       {Scheme: "postgresql", Hosts: []Host{{"a", 1}, {"b", 0}, {"fe80::1", 3}}, Database: "d"},
		"postgresql:///d?opt=%2Ftmp":             {Scheme: "postgresql", Database: "d", Option: "/tmp"},
	} {
		u, err := ParseURL(url)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if diff := cmp.Diff(partsOf(u), want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", url, diff)
		}
		again, err := ParseURL(u.Reveal())
		if err != nil || !again.Equal(u) {
			t.Errorf("%s: reads back as %s, %v", url, again, err)
		}
	}
}

func TestParseURLRefusesWithoutTellingThePassword(t *testing.T) {
	for _, url := range []string{
		"", "host/db", "://x", "1x://y", "postgresql://u:12/hunter2@host/db", "postgresql://u:12?hunter2@host/db",
		"postgresql://u:hunter2@host:port/db", "postgresql://u:hunter2@host:0", "postgresql://u:hunter2@[::1",
		"postgresql://u:hunter2@[::1]x", "postgresql://u:hunter2@h?opt", "postgresql://u:hunter2@h?opt=%zz",
		"postgresql://u:hunter2%00@h", "postgresql://u:hunter2",
	} {
		u, err := ParseURL(url)
		if err == nil {
			t.Errorf("%q: got %s, want an error", url, u)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error tells the password: %v", url, err)
		}
	}
}

func TestURLHidesSecrets(t *testing.T) {
	u, err := ParseURL("postgresql://alice:hunter2@h/d?sslpassword=hunter2&sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("open", "url", u, "value", *u)
	js, err := json.Marshal(map[string]any{"url": u, "value": *u})
	if err != nil {
		t.Fatal(err)
	}
	enclosing := struct {
		u *URL
		v URL
	}{u, *u}
	for _, s := range []string{
		fmt.Sprint(u), fmt.Sprintf("%+v %#v %q %x", u, u, u, *u), fmt.Sprintf("%+v %#v", *u, *u),
		fmt.Sprintf("%v %+v %#v", enclosing, enclosing, enclosing), log.String(), string(js),
	} {
		if strings.Contains(s, "hunter2") || strings.Contains(s, fmt.Sprintf("%x", "hunter2")) {
			t.Errorf("the password is told: %s", s)
		}
	}
	const want = "postgresql://alice:***@h/d?sslmode=disable&sslpassword=***"
	if u.String() != want {
		t.Errorf("got %s, want %s", u, want)
	}
}

func TestURLIsImmutable(t *testing.T) {
	u, err := ParseURL("postgresql://a:b@h/d?x=1")
	if err != nil {
		t.Fatal(err)
	}
	before := u.Reveal()
	u.Hosts()[0].Name = "other"
	u.Options().Set("x", "2")
	changed := u.WithUser("c", "d").WithDatabase("e").WithOption("x", "3").WithHosts(Host{"i", 7})
	if got, want := changed.Reveal(), "postgresql://c:d@i:7/e?x=3"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if u.Reveal() != before {
		t.Errorf("got %s, want it unchanged: %s", u.Reveal(), before)
	}
}

func TestUnknownSchemeNamesTheImport(t *testing.T) {
	for url, want := range map[string]string{
		"nosuch://h":                 `unknown URL scheme "nosuch"`,
		"postgresql+psycopg2://h/d":  "dialect/postgres/pgx",
		"mariadb+mysqlclient://h/d2": "dialect/mysql/gosqldriver",
	} {
		u, err := ParseURL(url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := opener(u); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", url, err, want)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	for _, s := range []string{
		"sqlite:///:memory:", "sqlite:////a/b.db?mode=ro", "postgresql://u:p%40@[::1]:5432,h/d?x=1&x=2", "mysql://u:1/2@h", "a://%", "a://@:@/",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseURL(s)
		if err != nil {
			return
		}
		again, err := ParseURL(u.Reveal())
		if err != nil {
			t.Fatalf("%q reads as %q, which does not read: %v", s, u.Reveal(), err)
		}
		if diff := cmp.Diff(partsOf(again), partsOf(u)); diff != "" || again.Reveal() != u.Reveal() {
			t.Fatalf("%q reads back otherwise (-got +want):\n%s", s, diff)
		}
		masked := u.WithUser(u.User(), "correct horse").String()
		if strings.Contains(masked, "horse") {
			t.Fatalf("%q tells the password", masked)
		}
	})
}
