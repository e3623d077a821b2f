package engine

import (
	"log/slog"

	"github.com/alkahest-go/alkahest/compile"
)

// CartesianPolicy says what becomes of statements that join rows each with each
// because no condition is between two sources of FROM.
type CartesianPolicy uint8

// The policies.
const (
	WarnOfCartesian CartesianPolicy = iota // tell Options.Warnings, once a statement
	RefuseCartesian                        // return a *compile.CartesianError, before anything is sent
	IgnoreCartesian
)

func (e *Engine) cartesian(c *compile.Compiled) error {
	switch {
	case e.opts.Cartesian == RefuseCartesian:
		return c.Cartesian
	case e.opts.Cartesian == WarnOfCartesian && c.Cartesian.First():
		log := e.opts.Warnings
		if log == nil {
			log = slog.Default()
		}
		log.Warn(c.Cartesian.Error(), slog.String("sql", c.SQL))
	}
	return nil
}
