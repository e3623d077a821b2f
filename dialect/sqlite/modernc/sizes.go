package modernc

import (
	"errors"

	"modernc.org/libc/sys/types"
)

var errNoMemory = errors.New("sqlite: out of memory")

func cSize(n int) types.Size_t { return types.Size_t(n) }
