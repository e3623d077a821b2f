package alkahesttest_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"sync/atomic"
	"testing"

	"github.com/alkahest-go/alkahest/alkahesttest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/orm"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "32"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// Tests at once, each in its sandbox, see what they wrote and nothing else, and
// leave nothing.
func TestParallelSandboxesLeaveNoRow(t *testing.T) {
	seed := soak.Seed(t)
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		count := soak.Count(1000)
		var wrong atomic.Int64
		t.Run("tests", func(t *testing.T) {
			for i := range count {
				t.Run(fmt.Sprint(i), func(t *testing.T) {
					t.Parallel()
					t.Cleanup(func() {
						if t.Failed() {
							wrong.Add(1)
						}
					})
					sandboxed(t, alkahesttest.Sandbox(t, db), i, rand.New(rand.NewPCG(seed, uint64(i))))
				})
			}
		})
		want(t, names(t, db), []string{"Ann"})
		posts, err := engine.Collect[string](t.Context(), db, expr.NewSelect(Posts.Title))
		must(t, err)
		if len(posts) > 0 {
			wrong.Add(1)
			t.Errorf("got the posts %q, want none", posts)
		}
		want(t, db.Stats().InUse, 0)
		soak.Report(t, "sandboxed tests on "+path.Base(t.Name()), count, int(wrong.Load()), seed)
	})
}

// sandboxed writes what each test writes, and undoes a part of it.
func sandboxed(t *testing.T, box *engine.Engine, n int, random *rand.Rand) {
	ctx := t.Context()
	wanted := []string{"Ann"}
	for i := range 3 + random.IntN(4) {
		keep := random.IntN(3) > 0
		name := fmt.Sprintf("user %d of test %d", i, n)
		err := write(ctx, box, name, keep)
		if keep {
			must(t, err)
			wanted = append(wanted, name)
		} else if !errors.Is(err, errUndo) {
			t.Errorf("got %v, want the function's error", err)
		}
	}
	want(t, names(t, box), wanted)
}

var errUndo = errors.New("undo")

func write(ctx context.Context, box *engine.Engine, name string, keep bool) error {
	return orm.Transact(ctx, box, func(s *orm.Session) error {
		u := &User{Name: name}
		u.Posts.Add(&Post{Title: "of " + name}, &Post{Title: "more of " + name})
		s.Add(u)
		if err := s.Flush(ctx); err != nil || keep {
			return err
		}
		return errUndo
	})
}
