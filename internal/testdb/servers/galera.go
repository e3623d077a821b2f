//go:build linux

package servers

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// galeraProvider is where distributions put the library of package galera-4.
var galeraProviders = []string{"/usr/lib/galera/libgalera_smm.so", "/usr/lib64/galera-4/libgalera_smm.so", "/usr/lib64/galera/libgalera_smm.so"}

func galeraProvider() string {
	for _, p := range galeraProviders {
		if isFile(p) {
			return p
		}
	}
	return ""
}

// lackingForGalera returns the programs that a cluster needs and that are not there.
func lackingForGalera() []string {
	var lacking []string
	for _, p := range []string{"mariadbd", "mariadb-install-db", "wsrep_sst_rsync", "rsync"} {
		if findProgram(p) == "" {
			lacking = append(lacking, p)
		}
	}
	if galeraProvider() == "" {
		lacking = append(lacking, "libgalera_smm.so")
	}
	return lacking
}

// galeraNode is a MariaDB that is a node of a cluster.
type galeraNode struct {
	*mariadb
	cluster *cluster
	index   int
	// replication, ist and sst are the ports of replication and of the two ways in which a node that joins gets the data.
	replication, ist, sst int
	born                  bool // it has been in the cluster
}

type cluster struct {
	nodes []*Server
}

// Galera starts a cluster of MariaDB nodes, each of which takes writes. A node leaves by Stop or Kill and joins again by Start, as long
// as another node runs. A node that answers may still refuse statements until wsrep_ready says ON.
func (o *Own) Galera(ctx context.Context, nodes int) ([]*Server, error) {
	if lacking := lackingForGalera(); len(lacking) > 0 {
		return nil, o.up.missing(strings.Join(lacking, ", "), "mariadb-server galera-4 rsync")
	}
	c := &cluster{}
	for i := range nodes {
		m, err := o.up.mariadb()
		if err != nil {
			return nil, err
		}
		m.sql = mariadbAdmin
		n := &galeraNode{mariadb: m, cluster: c, index: i}
		if n.replication, err = o.up.port(); err != nil {
			return nil, err
		}
		s := o.reserve(n)
		c.nodes = append(c.nodes, s)
	}
	for _, s := range c.nodes {
		if err := s.launch(ctx); err != nil {
			return nil, err
		}
	}
	return c.nodes, nil
}

// prepare makes the data of the first node only: the others copy all of it.
func (n *galeraNode) prepare(ctx context.Context, dir string) error {
	if n.index == 0 {
		return n.mariadb.prepare(ctx, dir)
	}
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o755); err != nil {
		return err
	}
	return n.up.account.own(data)
}

func (n *galeraNode) serve(ctx context.Context, dir string, port int) (*process, error) {
	for _, port := range []*int{&n.ist, &n.sst} { // fresh ones at each start, so that another try is one
		var err error
		if *port, err = n.up.port(); err != nil {
			return nil, err
		}
	}
	args := append(n.settings(dir, port), n.wsrep()...)
	if n.born || n.index > 0 {
		args = append(args, "--init-file=") // what the first node made is replicated
	}
	p, err := n.up.daemon(ctx, dir, mariadbDeath, n.answers(dir, port), n.server, args...)
	n.born = n.born || err == nil
	return p, err
}

// wsrep is the settings of a node. Each of its ports has to be told, since all nodes share one address.
//
// A node that died is given up after suspect_timeout. Within install_timeout (else half of inactive_timeout) the others have to agree on
// that, and each comes to it by its own clock, which starts again with each message of the dead node that another node hands on. So it
// holds suspect_timeout, join_retrans_period and a pause of the machine. Nodes that do not agree part, and since the dead node stays away
// they have no quorum when they meet again: https://galeracluster.com/library/documentation/galera-parameters.html
func (n *galeraNode) wsrep() []string {
	at := func(port int) string { return "127.0.0.1:" + itoa(port) }
	address := "gcomm://"
	if n.born || n.index > 0 {
		var peers []string
		for _, s := range n.cluster.nodes {
			peers = append(peers, at(s.product.(*galeraNode).replication))
		}
		address += strings.Join(peers, ",")
	}
	options := []string{
		"base_host=127.0.0.1", "base_port=" + itoa(n.replication), "gmcast.listen_addr=tcp://" + at(n.replication),
		"ist.recv_addr=" + at(n.ist), "ist.recv_bind=" + at(n.ist), "gcache.size=16M",
		"evs.keepalive_period=PT0.3S", "evs.inactive_check_period=PT0.3S", "evs.join_retrans_period=PT0.3S",
		"evs.suspect_timeout=PT3S", "evs.install_timeout=PT12S", "evs.inactive_timeout=PT15S",
	}
	return []string{
		"--binlog-format=ROW", "--innodb-autoinc-lock-mode=2", "--wsrep-on=ON", "--wsrep-provider=" + galeraProvider(),
		"--wsrep-cluster-name=alkahest", "--wsrep-node-name=" + fmt.Sprintf("n%d", n.index+1), "--wsrep-node-address=" + at(n.replication),
		"--wsrep-sst-method=rsync", "--wsrep-sst-receive-address=" + at(n.sst), "--wsrep-cluster-address=" + address,
		"--wsrep-provider-options=" + strings.Join(options, ";"), "--log-warnings=1", // without a line for each connection that a test drops
	}
}
