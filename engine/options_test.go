package engine

import (
	"testing"
	"time"
)

func TestDefaultOptions(t *testing.T) {
	var zero Options
	zero.setDefaults()
	if zero.PoolSize != 5 || zero.Overflow != 10 || zero.PoolTimeout != 30*time.Second || zero.ConnectTimeout != 30*time.Second {
		t.Errorf("got a pool of %d and %d more, and limits of %s and %s", zero.PoolSize, zero.Overflow, zero.PoolTimeout, zero.ConnectTimeout)
	}
	if zero.Echo != nil || zero.ShowParameters {
		t.Error("the echo is on, or shows values")
	}
	without := Options{Overflow: -1, PoolTimeout: -1}
	without.setDefaults()
	if without.Overflow != 0 || without.PoolTimeout != 0 {
		t.Errorf("got %d and %s, want none", without.Overflow, without.PoolTimeout)
	}
}
