package gosqldriver

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func parse(t *testing.T, s string) (Config, error) {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return ParseConfig(u)
}

func TestParseConfig(t *testing.T) {
	got, err := parse(t, "mysql://us%40er:p%3A%2F%3F%23@[::1]:3307/shop?timeout=3s&cancel_grace=1s&charset=utf8mb4&uuid=binary&set.wait_timeout=60&compress=true")
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		User: "us@er", Password: "p:/?#", Host: "::1", Port: 3307, Database: "shop", Timeout: 3 * time.Second,
		CancelGrace: time.Second, BinaryUUIDs: true, Compress: true, Vars: map[string]string{"wait_timeout": "60"},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got -, want +\n%s", diff)
	}
	if got, want := got.String(), "mysql://us%40er@[::1]:3307/shop"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	m, err := got.native()
	if err != nil {
		t.Fatal(err)
	}
	if m.Addr != "[::1]:3307" || m.MultiStatements || m.InterpolateParams || m.AllowAllFiles || m.AllowCleartextPasswords || !m.ClientFoundRows {
		t.Errorf("got %+v", m.Addr)
	}
}

func TestParseConfigRefuses(t *testing.T) {
	for option, word := range map[string]string{
		"parseTime=true":         "parseTime",
		"charset=latin1":         "utf8mb4",
		"tls=maybe":              "tls",
		"tls.ca=/nowhere":        "tls=true",
		"timeout=3":              "timeout",
		"uuid=hex":               "uuid",
		"set.time_zone=SYSTEM":   "time_zone",
		"set.a%60b=1":            "system variable",
		"set.x=a%5Cb":            "backslash",
		"collation=a;b":          "options",
		"collation=a%20b":        "collation",
		"timeout=3s&timeout=4s":  "more than once",
		"multiStatements=true":   "multiStatements",
		"interpolateParams=true": "interpolateParams",
	} {
		_, err := parse(t, "mysql://u:hidden@h/d?"+option)
		if err == nil || !strings.Contains(err.Error(), word) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: got %v, want an error that names %s", option, err, word)
		}
	}
}

func TestPasswordIsNeverPrinted(t *testing.T) {
	cfg, err := parse(t, "mysql://u:hidden@127.0.0.1:1/d")
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	document, err := json.Marshal(cfg.Password)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{
		fmt.Sprintf("%v %+v %#v %s", cfg, cfg, cfg, cfg.Password), fmt.Sprintf("%v %+v %#v %s", &cfg, &cfg, &cfg, &cfg),
		fmt.Sprintf("%v %+v %#v %s", c, c, c, c), string(document),
	} {
		if strings.Contains(s, "hidden") {
			t.Errorf("the password is in %s", s)
		}
	}
}

func TestVarLiteral(t *testing.T) {
	for in, want := range map[string]string{
		"60": "60", "-1.5": "-1.5", "ON": "'ON'", "it's": "'it''s'", "1;DROP": "'1;DROP'", "inf": "'inf'", "0x10": "'0x10'", "": "''",
	} {
		if got := varLiteral(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
