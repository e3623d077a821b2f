package modernc

import (
	"errors"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/engine"
)

func init() {
	engine.Register("sqlite", fromURL)
	engine.Register("sqlite+modernc", fromURL)
}

// fromURL reads sqlite:///path and sqlite:///:memory:, which sqlite:// is too.
func fromURL(u *engine.URL, _ *engine.Options) (dialect.Dialect, driver.Connector, error) {
	if u.User() != "" || u.HasPassword() || len(u.Hosts()) > 0 {
		return nil, nil, errors.New("sqlite: the URL names a user or a host; a path follows three slashes, as in sqlite:///file.db, and an absolute path four")
	}
	path := u.Database()
	if path == "" {
		path = Memory
	}
	cfg, err := ParseConfig(path, u.Options())
	if err != nil {
		return nil, nil, err
	}
	return sqlite.Dialect, New(cfg), nil
}
