package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/dockerconfig"
)

// identity returns what the environment says about TLS, or nil for plain text.
// A variable counts as set when it is not empty, whatever it says ("0" too):
//
//	DOCKER_TLS_VERIFY   TLS, and the host's certificate is verified
//	DOCKER_TLS          TLS, and any certificate is accepted
//	DOCKER_CERT_PATH    where ca.pem, cert.pem and key.pem are, else the
//	                    configuration's directory; alone it is TLS, too, and any
//	                    certificate is accepted
//
// That is the rule of Docker's command line but for a lone DOCKER_CERT_PATH,
// with which that would speak plain text and Docker's Go client does as here.
// The files are named, not read, so that a renewed certificate is used.
func (d Discoverer) identity() (*driver.TLS, error) {
	dir := d.getenv("DOCKER_CERT_PATH")
	given, verify := dir != "", d.getenv("DOCKER_TLS_VERIFY") != ""
	if !given && !verify && d.getenv("DOCKER_TLS") == "" {
		return nil, nil
	}
	if !given {
		var err error
		if dir, err = d.configDir(); err != nil {
			return nil, err
		}
	}
	t, err := identityIn(dir)
	if err != nil {
		return nil, err
	}
	t.SkipVerify = !verify
	switch {
	case given && t.CAFile+t.CertFile+t.KeyFile == "":
		return nil, fmt.Errorf("DOCKER_CERT_PATH %s holds none of ca.pem, cert.pem and key.pem", dir)
	case verify && t.CAFile == "":
		return nil, fmt.Errorf("DOCKER_TLS_VERIFY is set, but %s has no ca.pem to verify the host with", dir)
	case (t.CertFile == "") != (t.KeyFile == ""):
		return nil, fmt.Errorf("%s has only one of cert.pem and key.pem", dir)
	}
	return t, nil
}

// identityIn names the files of an identity that a directory has.
func identityIn(dir string) (*driver.TLS, error) {
	t := new(driver.TLS)
	for name, into := range map[string]*string{dockerconfig.CAFile: &t.CAFile, dockerconfig.CertFile: &t.CertFile, dockerconfig.KeyFile: &t.KeyFile} {
		path := filepath.Join(dir, name)
		_, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		*into = path
	}
	return t, nil
}
