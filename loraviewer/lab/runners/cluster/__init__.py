"""Pictures made by a Ray cluster. Only `ray_driver` and what it starts import Ray, in processes of
their own: whatever becomes of those, whoever asked goes on.

    studio, command          driver process              a node
    runner.ClusterRunner ──► driving.Driving ──┬──► node_files.NodeFiles   files, once a node
          pipe (msgspec bytes)                 └──► picture_actor.PictureActor × GPUs or cores
"""
