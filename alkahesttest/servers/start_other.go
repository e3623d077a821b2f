//go:build !linux

package servers

import "errors"

func start(product) (string, error) {
	return "", errors.New("servers are started on Linux only")
}

func stop(string) error { return nil }
