package mattn

import (
	"testing"

	"github.com/alkahest-go/alkahest/dialect/sqlite/storage/storagetest"
)

func TestStorage(t *testing.T) { storagetest.Run(t, New, true) }
