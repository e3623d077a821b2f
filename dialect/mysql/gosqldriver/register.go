package gosqldriver

import (
	"errors"
	"net/url"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/engine"
)

func init() {
	for _, scheme := range []string{"mysql", "mariadb", "mysql+gosqldriver", "mariadb+gosqldriver"} {
		engine.Register(scheme, fromURL)
	}
}

func fromURL(u *engine.URL, _ *engine.Options) (dialect.Dialect, driver.Connector, error) {
	if len(u.Hosts()) > 1 {
		return nil, nil, errors.New("gosqldriver: the URL names several hosts; name one")
	}
	v := &url.URL{Scheme: u.Dialect(), Host: u.Host().String(), Path: "/" + u.Database(), RawQuery: u.Options().Encode()}
	if u.HasPassword() {
		v.User = url.UserPassword(u.User(), u.Password())
	} else if u.User() != "" {
		v.User = url.User(u.User())
	}
	cfg, err := ParseConfig(v)
	if err != nil {
		return nil, nil, err
	}
	connector, err := New(cfg)
	if err != nil {
		return nil, nil, err
	}
	if cfg.BinaryUUIDs {
		return mysql.BinaryUUIDs, connector, nil
	}
	return mysql.Dialect, connector, nil
}
