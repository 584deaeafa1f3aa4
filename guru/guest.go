package guru

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dockerhv/dockerhv/driver"
)

var userPattern = regexp.MustCompile(`^[a-z_][a-z0-9_.-]{0,31}$`)

// admit puts into the instance what it is told at its first start: the seed that
// cloud-init reads, and the keys also where an SSH server finds them by itself. It
// comes to the instance as files, for what is in its environment or labels everybody
// can read who may look at the engine.
func (d *draft) admit() {
	p := d.profile
	d.checkLogin(p.Login)
	d.checkKeys(p.SSHKeys)
	d.checkPassword(string(p.Password))
	userData := d.userData(p)
	if len(userData) == 0 && p.Password == "" && len(p.SSHKeys) == 0 && len(p.Metadata) == 0 {
		return
	}
	d.seed(userData)
	if len(p.SSHKeys) > 0 {
		d.file("sshKeys", d.authorizedKeys(p.Login, p.SSHKeys))
	}
	if d.spec.Security.ReadOnlyRoot {
		d.invalid(d.readOnlyPath(), "user data, keys and password can't be brought into a root that is read-only")
	}
}

// readOnlyPath is the field that makes the root read-only.
func (d *draft) readOnlyPath() string {
	for i, v := range d.profile.Volumes {
		if v.Type == VolumeRoot && v.ReadOnly {
			return element("volumes", i) + ".readOnly"
		}
	}
	return "details." + extraConfig
}

// file adds a file that a field of the profile asks for.
func (d *draft) file(origin string, f driver.File) {
	d.spec.Files, d.origins = append(d.spec.Files, f), append(d.origins, origin)
}

// userData is decoded and bounded as the cloud bounds it (CloudStack's
// UserDataManager.validateUserData), by its length in base64.
func (d *draft) userData(p Profile) []byte {
	most := cmp.Or(d.guru.MaxUserData, DefaultMaxUserData)
	encoded := strings.Join(strings.Fields(string(p.UserDataBase64)), "")
	path, length := "userDataBase64", len(encoded)
	if p.UserData != "" {
		path, length = "userData", base64.StdEncoding.EncodedLen(len(p.UserData))
	}
	switch {
	case p.UserData != "" && p.UserDataBase64 != "":
		d.invalid("userDataBase64", "is there beside userData; leave one of the two out")
		return nil
	case length > most:
		d.invalid(path, "is %d bytes long in base64, and %d at most are possible", length, most)
		return nil
	case p.UserData != "":
		return []byte(p.UserData)
	}
	return d.decode(path, encoded)
}

// decode takes both alphabets, with and without padding, as the cloud does.
func (d *draft) decode(path, encoded string) []byte {
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(encoded, "="))
	decoded, err := base64.RawStdEncoding.DecodeString(standard)
	if err != nil {
		d.invalid(path, "is no base64") // the error would hold a part of it
		return nil
	}
	return decoded
}

func (d *draft) checkLogin(l Login) {
	switch {
	case l.User != "" && !userPattern.MatchString(l.User):
		d.invalid("login.user", "%q is no user's name", l.User)
	case l.Home != "" && (!path.IsAbs(l.Home) || path.Clean(l.Home) != l.Home):
		d.invalid("login.home", "%q is no clean absolute path", l.Home)
	case l.UID < 0 || l.GID < 0:
		d.invalid("login.uid", "%d:%d is no user", l.UID, l.GID)
	}
}

func (d *draft) checkPassword(password string) {
	switch {
	case len(password) > maxPassword || !isLine(password):
		d.invalid("password", "is longer than %d bytes, has control characters or is no UTF-8", maxPassword)
	case password == "R" || password == "RANDOM":
		d.invalid("password", "is what cloud-init takes for the wish for a random one")
	}
}

// checkKeys takes keys in the form of authorized_keys(5) without options: those could
// run commands.
func (d *draft) checkKeys(keys []string) {
	for i, key := range keys {
		if !isPublicKey(key) {
			d.invalid(element("sshKeys", i), "is no public key of one line; write \"ssh-ed25519 AAAA... comment\"")
		}
	}
}

// isPublicKey tells whether a text is "type base64 [comment]", whose base64 begins
// with the type (RFC 4253, section 6.6).
func isPublicKey(text string) bool {
	if len(text) > maxSSHKey || !isLine(text) {
		return false
	}
	kind, rest, _ := strings.Cut(text, " ")
	encoded, _, _ := strings.Cut(rest, " ")
	blob, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(blob) < 4 || kind == "" {
		return false
	}
	length := binary.BigEndian.Uint32(blob)
	return uint64(length) < uint64(len(blob)-4) && string(blob[4:4+length]) == kind
}

// isLine tells whether a text is one line that any program reads as it is.
func isLine(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// authorizedKeys is the file in which sshd(8) looks for a user's keys. One that root
// owns for another user is readable, as it holds nothing secret.
func (d *draft) authorizedKeys(l Login, keys []string) driver.File {
	home := l.Home
	switch {
	case home != "":
	case l.User == "" || l.User == "root":
		home = "/root"
	default:
		home = path.Join("/home", l.User)
	}
	mode := driver.DefaultFileMode
	if l.User != "" && l.User != "root" && l.UID == 0 {
		mode = 0o644
	}
	return driver.File{
		Path: path.Join(home, ".ssh/authorized_keys"), Mode: mode, UID: l.UID, GID: l.GID,
		Content: driver.Content(strings.Join(keys, "\n") + "\n"),
	}
}
