//go:build linux

package servers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is whom the servers run as: the caller, or for root an unprivileged account, because initdb, postgres and pgbouncer refuse to
// run as root.
type account struct {
	drop     bool
	uid, gid uint32
	name     string
}

func serverAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	for _, name := range []string{"postgres", "mysql", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil && uid != 0 {
			return account{drop: true, uid: uint32(uid), gid: uint32(gid), name: name}, nil
		}
	}
	return account{}, errors.New("testdb: root has no account to run servers as: none of postgres, mysql, nobody exists")
}

func (a account) attr() *syscall.SysProcAttr {
	if !a.drop {
		return &syscall.SysProcAttr{}
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: a.uid, Gid: a.gid, Groups: []uint32{}}}
}

func (a account) own(path string) error {
	if !a.drop {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}

// ownTree gives a whole directory to the account.
func (a account) ownTree(dir string) error {
	if !a.drop {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return a.own(path)
	})
}

// reaches says whether the account can enter the directory: every directory above must let others pass.
func (a account) reaches(dir string) error {
	if !a.drop {
		return nil
	}
	for d := dir; ; d = filepath.Dir(d) {
		info, err := os.Stat(d)
		if err != nil {
			return fmt.Errorf("testdb: %w", err)
		}
		if info.Mode().Perm()&0o001 == 0 {
			return fmt.Errorf("testdb: the servers run as %q, who cannot enter %s: choose another -dir, or chmod a+x it", a.name, d)
		}
		if d == filepath.Dir(d) {
			return nil
		}
	}
}

const tempPrefix = "alkahest-testdb-"

// TempDir makes a new directory that the servers' account can enter.
func TempDir() (string, error) {
	a, err := serverAccount()
	if err != nil {
		return "", err
	}
	var first error
	for _, parent := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		if err = a.reaches(parent); err == nil {
			var d string
			if d, err = os.MkdirTemp(parent, tempPrefix); err == nil {
				return d, os.Chmod(d, 0o755)
			}
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}

// DefaultDir is where the command leaves servers running, a directory of the user's own.
func DefaultDir() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("%s%d", tempPrefix, os.Getuid()))
}

// CacheDir is where downloaded servers are kept between runs. It is not made.
func CacheDir() (string, error) {
	d, err := os.UserCacheDir()
	if err != nil {
		me, uerr := user.Current()
		if uerr != nil || me.HomeDir == "" {
			return "", fmt.Errorf("testdb: no cache directory: %w", err)
		}
		d = filepath.Join(me.HomeDir, ".cache")
	}
	return filepath.Join(d, "alkahest-testdb"), nil
}
