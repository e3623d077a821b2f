package faulttest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/alkahest-go/alkahest/internal/soak"
)

// The reply to each request of each kind of work is eaten in turn: what was not
// made durable is lost, and what may have been is of unknown outcome.
func TestEatenReplies(t *testing.T) {
	eachRequest(t, false, func(t *testing.T, w *work, l *lab) {
		if !w.reads && !w.replays && l.unknown == 0 {
			t.Errorf("%s was never of unknown outcome", w.name)
		}
	})
}

// Each request of each kind of work is kept from the server in turn: nothing of
// the work is there.
func TestCutRequests(t *testing.T) { eachRequest(t, true, func(*testing.T, *work, *lab) {}) }

func eachRequest(t *testing.T, cut bool, then func(*testing.T, *work, *lab)) {
	run, warm := rand.Uint32(), []bool{false}
	if soak.Full() {
		warm = append(warm, true)
	}
	for i := range works {
		w := &works[i]
		t.Run(w.name, func(t *testing.T) {
			for j, s := range servers {
				if !w.runsOn(s.product) {
					continue
				}
				t.Run(s.name, func(t *testing.T) {
					t.Parallel()
					l := newLab(t, s.url(t), s.option, fmt.Sprintf("faulttest_%d_%d_%d", run, i, j))
					for _, warm := range warm {
						k := 1
						for l.try(variant{warm: warm, cut: cut, k: k, work: w}) && !t.Failed() {
							k++
						}
						if k == 1 {
							t.Errorf("warm %v: the work sent nothing", warm)
						}
					}
					then(t, w, l)
				})
			}
		})
	}
}
