package discovery

// ResourceState is what the cloud does with a host: CloudStack's
// com.cloud.resource.ResourceState, with its names. It is apart from the [Status]:
// a host in maintenance may be up, and an enabled one down. The zero value is a host
// that was not registered yet.
type ResourceState string

// The resource states.
const (
	ResourceCreating                     ResourceState = "Creating"
	ResourceEnabled                      ResourceState = "Enabled"                      // it takes instances
	ResourceDisabled                     ResourceState = "Disabled"                     // it keeps what it has, and takes none
	ResourcePrepareForMaintenance        ResourceState = "PrepareForMaintenance"        // it is being drained
	ResourceErrorInPrepareForMaintenance ResourceState = "ErrorInPrepareForMaintenance" // that met an error, and may go on
	ResourceMaintenance                  ResourceState = "Maintenance"                  // nothing runs on it
	ResourceErrorInMaintenance           ResourceState = "ErrorInMaintenance"           // it could not be drained
	ResourceError                        ResourceState = "Error"
	ResourceDegraded                     ResourceState = "Degraded" // its administrator gave it up for the moment
)

// ResourceEvent is what changes a resource state: CloudStack's ResourceState.Event,
// with its names.
type ResourceEvent string

// The events.
const (
	EventInternalCreated          ResourceEvent = "InternalCreated" // the host registers
	EventEnable                   ResourceEvent = "Enable"
	EventDisable                  ResourceEvent = "Disable"
	EventAdminAskMaintenance      ResourceEvent = "AdminAskMaintenance"
	EventAdminCancelMaintenance   ResourceEvent = "AdminCancelMaintenance"
	EventInternalEnterMaintenance ResourceEvent = "InternalEnterMaintenance" // it is drained
	EventUnableToMigrate          ResourceEvent = "UnableToMigrate"          // an instance could not be got away
	EventUnableToMaintain         ResourceEvent = "UnableToMaintain"         // nor ever will
	EventErrorsCorrected          ResourceEvent = "ErrorsCorrected"
	EventDeclareHostDegraded      ResourceEvent = "DeclareHostDegraded"
	EventEnableDegradedHost       ResourceEvent = "EnableDegradedHost"
	EventDeleteHost               ResourceEvent = "DeleteHost"
	EventResourceError            ResourceEvent = "Error"
)

// resourceTable is the state machine of com.cloud.resource.ResourceState.
var resourceTable = map[ResourceState]map[ResourceEvent]ResourceState{
	"": {
		EventInternalCreated: ResourceEnabled,
	},
	ResourceCreating: {
		EventInternalCreated: ResourceEnabled, EventResourceError: ResourceError,
	},
	ResourceEnabled: {
		EventInternalCreated: ResourceEnabled, EventEnable: ResourceEnabled, EventDisable: ResourceDisabled,
		EventAdminAskMaintenance: ResourcePrepareForMaintenance, EventInternalEnterMaintenance: ResourceMaintenance,
		EventDeclareHostDegraded: ResourceDegraded,
	},
	ResourceDisabled: {
		EventInternalCreated: ResourceDisabled, EventEnable: ResourceEnabled, EventDisable: ResourceDisabled,
		EventDeclareHostDegraded: ResourceDegraded, EventDeleteHost: ResourceDisabled,
	},
	ResourcePrepareForMaintenance: {
		EventInternalCreated:          ResourcePrepareForMaintenance,
		EventInternalEnterMaintenance: ResourceMaintenance, EventAdminCancelMaintenance: ResourceEnabled,
		EventUnableToMigrate: ResourceErrorInPrepareForMaintenance, EventUnableToMaintain: ResourceErrorInMaintenance,
	},
	ResourceErrorInPrepareForMaintenance: {
		EventInternalCreated:          ResourceErrorInPrepareForMaintenance,
		EventInternalEnterMaintenance: ResourceMaintenance, EventAdminCancelMaintenance: ResourceEnabled,
		EventUnableToMigrate: ResourceErrorInPrepareForMaintenance, EventUnableToMaintain: ResourceErrorInMaintenance,
		EventErrorsCorrected: ResourcePrepareForMaintenance,
		EventDisable:         ResourceDisabled, EventDeleteHost: ResourceDisabled,
	},
	ResourceMaintenance: {
		EventInternalCreated: ResourceMaintenance, EventAdminCancelMaintenance: ResourceEnabled,
		EventDeclareHostDegraded: ResourceDegraded, EventDeleteHost: ResourceDisabled,
	},
	ResourceErrorInMaintenance: {
		EventInternalCreated:     ResourceErrorInMaintenance,
		EventAdminAskMaintenance: ResourcePrepareForMaintenance, EventAdminCancelMaintenance: ResourceEnabled,
		EventDisable: ResourceDisabled, EventDeleteHost: ResourceDisabled,
	},
	ResourceError: {
		EventInternalCreated: ResourceError,
	},
	ResourceDegraded: {
		// CloudStack has no InternalCreated here, so that a degraded host's registration
		// fails; its reconnection is to keep the state, as in all others.
		EventInternalCreated:    ResourceDegraded,
		EventEnableDegradedHost: ResourceEnabled, EventAdminAskMaintenance: ResourceMaintenance,
		EventDeleteHost: ResourceDisabled,
	},
}

// Next returns the resource state after an event. An event that the table has no place
// for is dockerhv.ErrConflict, and the state stays.
func (s ResourceState) Next(e ResourceEvent) (ResourceState, error) {
	if next, ok := resourceTable[s][e]; ok {
		return next, nil
	}
	return s, noWay("resource state", string(s), string(e))
}
