//go:build linux

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/internal/soak"
)

// bareMachine runs the command on a copy of the system that has no MariaDB, no
// Galera and no PgBouncer: an overlay, in a mount and process namespace of its
// own, so that the system itself is not touched. $1 is the directory for it, $2
// the command.
const bareMachine = `set -e
mkdir -p "$1/up" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" "$1/root"
cp "$2" "$1/root/testdb"
mount -t proc proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mount --rbind /sys "$1/root/sys"
mount -t tmpfs tmpfs "$1/root/tmp"
chmod 1777 "$1/root/tmp"
exec chroot "$1/root" sh -e -c '
	export HOME=/root TMPDIR=/tmp DEBIAN_FRONTEND=noninteractive
	for p in mariadb-server galera-4 rsync mariadb-server-core mariadb-client mariadb-client-core pgbouncer; do
		if dpkg-query -s $p >/dev/null 2>&1; then apt-get purge -y -qq $p >/dev/null; fi
	done
	! command -v mariadbd >/dev/null
	! command -v pgbouncer >/dev/null
	! command -v wsrep_sst_rsync >/dev/null
	rm -rf /var/lib/apt/lists/*
	cd /
	/testdb run -install -dir /tmp/none -- sh -c "env | grep ^TESTDB_"
	command -v wsrep_sst_rsync >/dev/null
	! pgrep -x mariadbd >/dev/null
'`

// TestRunInstallsWhatIsMissing takes the packages away from a copy of this
// system and has the command bring them back. It fetches packages, so it runs
// with the long tests only.
func TestRunInstallsWhatIsMissing(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can install packages")
	}
	if !soak.Full() {
		t.Skip("fetches packages; runs where ALKAHEST_SOAK=1 is set, as in make soak")
	}
	dir, path := program(t)
	c := exec.Command("unshare", "--mount", "--pid", "--fork", "sh", "-c", bareMachine, "sh", filepath.Join(dir, "bare"), path)
	c.Env = environ("/tmp")
	var out, log bytes.Buffer
	c.Stdout, c.Stderr = &out, &log
	if err := c.Run(); err != nil {
		t.Fatalf("%v: %s%s", err, out.String(), log.String())
	}
	for _, name := range []string{"TESTDB_PG15=postgresql://", "TESTDB_MARIADB=mariadb://", "TESTDB_PGBOUNCER=postgresql://"} {
		if !strings.Contains(out.String(), name) {
			t.Errorf("got %s, want a line %s…: %s", out.String(), name, log.String())
		}
	}
	if !strings.Contains(log.String(), "installing") {
		t.Errorf("nothing was installed: %s", log.String())
	}
}
