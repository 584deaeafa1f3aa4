package preflight

// judgeIdentity wants an engine that is known again, and that no other host of the fleet
// is already: machines that were cloned have one ID, and one would be taken for the other.
func judgeIdentity(f Facts, o Options) Finding {
	const remedy = "if the machine is a clone, stop its engine, remove /etc/docker/key.json and engine-id in its data root, and start it: it makes a new ID"
	id := f.Host.ID
	twin, known := o.Known[id]
	switch {
	case id == "":
		return fail("restart the engine, and see that it can write its data root", "the engine has no ID")
	case o.ID != "" && id != o.ID:
		return fail("register it as a new host, or bring its data root back", "the engine is %s, and was registered as %s", id, o.ID)
	case known && twin != f.Host.Endpoint:
		return fail(remedy, "the engine %s is registered as %s already", id, twin)
	}
	return pass("the engine is %s", id)
}

// judgeUnmanaged warns of what runs on the host beside the owner's instances: CloudStack's
// unmanaged instances. It takes from what the host has, and nobody counts it.
func judgeUnmanaged(f Facts, _ Options) Finding {
	if f.InstancesErr != nil {
		return skip("instances can't be listed: %v", f.InstancesErr)
	}
	all := f.Host.Running + f.Host.Paused + f.Host.Stopped
	if others := all - f.Instances; others > 0 {
		return warn("take them over or move them away, if the host is to be the cloud's alone",
			"%d of the engine's %d containers are somebody else's", others, all)
	}
	return pass("no container is somebody else's")
}
