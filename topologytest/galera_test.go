//go:build linux

package topologytest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/internal/testdb/servers"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqltype"
)

// addAndCount changes a row that writers of other nodes change too.
func addAndCount(ctx context.Context, w *writer, s *orm.Session, b *batch, n int, r *rand.Rand) error {
	if err := addRows(ctx, w, s, b, n, r); err != nil {
		return err
	}
	tx, err := s.Tx(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, text("UPDATE topo_counter SET n = n + 1 WHERE id = 1")); err != nil {
		return err
	}
	b.counts++
	return addNoted(ctx, w, s, b, n, r)
}

// node is one server of a cluster with what is open on it.
type node struct {
	*servers.Server
	admin   *engine.Engine
	writers []*writer
}

// status asks a node for one of its numbers or words; "" where it does not answer.
func (n *node) status(name string) (value string) {
	_ = each(n.admin, "SHOW STATUS LIKE '"+name+"'", func(row sqltype.Row) { value = string(row.Text(1)) })
	return value
}

func (n *node) sees(size int) bool { return n.status("wsrep_cluster_size") == strconv.Itoa(size) }

func (n *node) synced() bool {
	return n.status("wsrep_ready") == "ON" && n.status("wsrep_local_state_comment") == "Synced"
}

// powerless says whether the node answers and takes no writes, since those that it sees are no quorum of those that there were.
func (n *node) powerless() bool { return n.status("wsrep_cluster_status") == "non-Primary" }

// describe tells what a node says of itself, and the end of its log.
func (n *node) describe(t *testing.T) {
	for _, name := range []string{"wsrep_cluster_status", "wsrep_cluster_size", "wsrep_local_state_comment", "wsrep_ready"} {
		t.Logf("%s: %s = %q", n.Address(), name, n.status(name))
	}
	t.Logf("%s%s", n.Address(), n.LogTail())
}

// galera is a cluster of three nodes, with writers of both paths on each, and one that goes to any node.
type galera struct {
	t      *testing.T
	nodes  []*node
	roams  *writer
	ledger *ledger
	up     map[*node]bool
	resets int // how often the nodes that are up were told that they are the cluster
}

func startGalera(t *testing.T, seed uint64) *galera {
	t.Helper()
	list, err := own(t).Galera(t.Context(), 3)
	started(t, "Galera", testdb.EnvGalera, err)
	g := &galera{t: t, ledger: &ledger{}, up: map[*node]bool{}}
	for i, s := range list {
		n := &node{Server: s, admin: open(t, "returning", s.AdminURL()+"?set.wsrep_sync_wait=1", engine.Pool(1, 1))}
		g.nodes, g.up[n] = append(g.nodes, n), true
		for k, path := range paths {
			db := open(t, path, s.URL(), engine.Pool(2, 2), func(o *engine.Options) { o.PoolTimeout = time.Minute })
			w := newWriter(fmt.Sprintf("n%d-%s", i+1, path), db, g.ledger, seed+uint64(10*i+k), 300)
			w.more = append(w.more, addAndCount)
			n.writers = append(n.writers, w)
		}
	}
	g.roams = newWriter("any", openAnyNode(t, list), g.ledger, seed+100, 300)
	t.Cleanup(func() {
		for _, n := range g.nodes {
			if t.Failed() {
				n.describe(t)
			}
		}
	})
	g.settled()
	must(t, g.nodes[0].admin.CreateAll(t.Context(), base.MetaData))
	run(t, g.nodes[0].admin, "INSERT INTO topo_counter (id, n) VALUES (1, 0)")
	for _, n := range g.nodes { // wsrep_sync_wait makes the question wait until the node has the tables too
		must(t, each(n.admin, "SELECT n FROM topo_counter", func(sqltype.Row) {}))
	}
	return g
}

// openAnyNode returns an engine each of whose connections goes to a node by chance.
func openAnyNode(t *testing.T, list []*servers.Server) *engine.Engine {
	t.Helper()
	var nodes []engine.Host
	for _, s := range list {
		u, err := engine.ParseURL(s.URL())
		must(t, err)
		nodes = append(nodes, u.Host())
	}
	anyNode := func(o *engine.Options) {
		o.BeforeConnect = func(_ context.Context, u *engine.URL) (*engine.URL, error) {
			return u.WithHosts(nodes[rand.IntN(len(nodes))]), nil
		}
	}
	return open(t, "returning", list[0].URL(), anyNode, engine.Pool(2, 2))
}

// settled waits until each node that is up sees all of them.
func (g *galera) settled() {
	g.t.Helper()
	var up []*node
	for _, n := range g.nodes {
		if g.up[n] {
			up = append(up, n)
		}
	}
	eventually(g.t, "the cluster has "+strconv.Itoa(len(up))+" nodes", func() bool { return g.agree(up) })
}

// agree says whether the nodes that are up make one cluster and take writes. Where they see each other and have no quorum it tells them that
// they are the cluster, as an administrator does who knows that the others are dead:
// https://galeracluster.com/library/documentation/quorum-reset.html
func (g *galera) agree(up []*node) bool {
	synced, powerless := 0, 0
	for _, n := range up {
		switch {
		case !n.sees(len(up)):
			return false
		case n.synced():
			synced++
		case n.powerless():
			powerless++
		}
	}
	if powerless == len(up) {
		g.resets++
		g.t.Logf("%d nodes have no quorum and are told to go on", len(up))
		run(g.t, up[0].admin, "SET GLOBAL wsrep_provider_options = 'pc.bootstrap=yes'")
	}
	return synced == len(up)
}

// write runs the writers until ctx ends. A writer whose node is gone tries again.
func (g *galera) write(ctx context.Context) *sync.WaitGroup {
	var wg sync.WaitGroup
	for _, w := range g.writers(func(*node) bool { return true }) {
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := w.once(context.WithoutCancel(ctx)); err != nil {
					time.Sleep(50 * time.Millisecond)
				}
			}
		})
	}
	return &wg
}

// writers returns the writers of some nodes, and the one that roams.
func (g *galera) writers(of func(*node) bool) []*writer {
	list := []*writer{g.roams}
	for _, n := range g.nodes {
		if of(n) {
			list = append(list, n.writers...)
		}
	}
	return list
}

// progress waits until each writer of the nodes that are up has committed n batches more.
func (g *galera) progress(n int64) {
	g.t.Helper()
	for _, w := range g.writers(func(n *node) bool { return g.up[n] }) {
		goal := w.at.Load() + n
		eventually(g.t, w.name+" commits", func() bool { return w.at.Load() >= goal })
	}
}

func (g *galera) leave(n *node, end func(context.Context) error) {
	g.t.Helper()
	g.up[n] = false
	must(g.t, end(g.t.Context()))
	g.settled()
}

// part lets one node die while another is out of reach, so that those that are left have no quorum when they meet again.
func (g *galera) part(dead, away, third *node) {
	g.t.Helper()
	g.up[dead] = false
	must(g.t, away.Pause())
	must(g.t, dead.Kill(g.t.Context()))
	eventually(g.t, "a node alone takes no writes", third.powerless)
	must(g.t, away.Resume())
	g.settled()
	if g.resets == 0 {
		g.t.Error("the nodes that were left never lacked a quorum")
	}
}

func (g *galera) join(n *node) {
	g.t.Helper()
	if err := n.Start(g.t.Context()); err != nil {
		g.t.Fatal(err)
	}
	g.up[n] = true
	g.settled()
}

// TestGaleraNodesLeaveAndJoin writes through all nodes of a cluster while its size, and with it the step of ids, goes 3, 2, 1, 2, 3, and
// while it loses its quorum.
func TestGaleraNodesLeaveAndJoin(t *testing.T) {
	seed := soak.Seed(t)
	g := startGalera(t, seed)
	ctx, stop := context.WithCancel(t.Context())
	wg := g.write(ctx)
	defer wg.Wait()
	defer stop()
	const each = 8
	g.progress(each)
	g.part(g.nodes[1], g.nodes[2], g.nodes[0])
	g.progress(each)
	g.join(g.nodes[1])
	for cycle := range soak.Count(12) {
		a, b := g.nodes[cycle%3], g.nodes[(cycle+1)%3]
		g.progress(each)
		g.leave(a, a.Kill)
		g.progress(each)
		g.leave(b, b.Stop)
		g.progress(each)
		g.join(b)
		g.progress(each)
		g.join(a)
		g.progress(each)
	}
	stop()
	wg.Wait()
	wrong := 0
	for _, n := range g.nodes {
		wrong += g.ledger.look(t, n.admin)
	}
	if g.ledger.replayed == 0 {
		t.Error("no transaction was replayed: writers of several nodes never got in each other's way")
	}
	g.ledger.report(t, "galera", wrong, seed)
}

// TestAKeyThatTwoNodesGiveIsGivenAgain has a node give a key that is taken, as two nodes do now and then while a third leaves or joins.
func TestAKeyThatTwoNodesGiveIsGivenAgain(t *testing.T) {
	nodes, err := own(t).Galera(t.Context(), 1)
	started(t, "Galera", testdb.EnvGalera, err)
	admin := open(t, "returning", nodes[0].AdminURL(), engine.Pool(2, 2))
	must(t, admin.CreateAll(t.Context(), base.MetaData))
	run(t, admin, "INSERT INTO topo_rows (id, word) VALUES (1000, 'other')")
	for _, path := range paths {
		for _, n := range []int{1, 3} {
			w, runs := newWriter(fmt.Sprintf("%s-%d", path, n), open(t, path, nodes[0].URL()), nil, 0, n), 0
			var b *batch
			must(t, orm.Transact(t.Context(), w.db, func(s *orm.Session) error {
				b, w.made, runs = &batch{}, 0, runs+1
				if runs == 1 {
					tx, err := s.Tx(t.Context())
					must(t, err)
					run(t, tx, "SET SESSION insert_id = 1000")
				}
				return addRows(t.Context(), w, s, b, n, nil)
			}))
			if runs != 2 {
				t.Errorf("%s: the transaction ran %d times", w.name, runs)
			}
			for _, e := range entries(b.kept) {
				id := int64(0)
				must(t, each(admin, "SELECT id FROM topo_rows WHERE word = '"+e.word+"'", func(row sqltype.Row) { id = row.Int64(0) }))
				if id != e.id || id == 0 {
					t.Errorf("%s: the object has id %d, its row %d", e.word, e.id, id)
				}
			}
		}
	}
}
